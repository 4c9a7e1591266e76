"""What keeps photos from a provider although that works."""

from __future__ import annotations

from .kinds import ProviderError


class PhotoBudgetSpent(ProviderError):
    """What photos may cost today is spent."""


class ProviderDrilled(ProviderError):
    """A drill: this provider counts as failing for a few photos."""
