"""What goes wrong while a reel is understood."""

from __future__ import annotations

from .kinds import ProviderError


class AnalysisUnusable(ProviderError):
    """The model answered, but not with an analysis that could be used. Try it again."""
