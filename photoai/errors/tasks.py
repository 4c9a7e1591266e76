"""What goes wrong with tasks on files people keep here."""

from __future__ import annotations

from .kinds import NotFound


class TaskUnknown(NotFound):
    """There is no such task."""
