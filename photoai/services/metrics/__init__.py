"""Figures for Prometheus."""

from .looks import Waiting
from .metrics import Metrics, serve_metrics

__all__ = ["Metrics", "Waiting", "serve_metrics"]
