"""What keeps photos from a provider although that works."""

from __future__ import annotations

from .kinds import Conflict, ProviderError


class PhotoBudgetSpent(ProviderError):
    """What photos may cost today is spent."""


class EventBegunElsewhere(Conflict):
    """An event was begun elsewhere in the same moment. Look at it, and change it if need be."""


class ProviderDrilled(ProviderError):
    """A drill: this provider counts as failing for a few photos."""
