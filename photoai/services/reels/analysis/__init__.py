"""What a model makes of a video: asked with the measured facts at hand, its answer checked, asked
again where it was wrong, and held against the facts."""

from .analyst import CHECKING, WATCHING, Analysis, Analyst, Spent
from .grounding import WARNINGS
from .prompt import LANGUAGES, MOST_VARIANTS, PROMPT_VERSION, Wish

__all__ = [
    "CHECKING",
    "LANGUAGES",
    "MOST_VARIANTS",
    "PROMPT_VERSION",
    "WARNINGS",
    "WATCHING",
    "Analysis",
    "Analyst",
    "Spent",
    "Wish",
]
