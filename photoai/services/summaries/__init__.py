"""Summaries: what a day's photos came to, told to an operator's own address."""

from .figures import Figures, figures_of
from .summaries import Plan, Summaries

__all__ = ["Figures", "Plan", "Summaries", "figures_of"]
