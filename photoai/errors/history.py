"""What can be wrong with a slot's past."""

from __future__ import annotations

from .kinds import NotFound


class SlotVersionUnknown(NotFound):
    """The slot has no such version, or it is no longer kept."""
