"""What goes wrong with tasks on files people keep here."""

from __future__ import annotations

from .kinds import Invalid, NotFound


class TaskUnknown(NotFound):
    """There is no such task."""


class FileKindWrong(Invalid):
    """A file of another kind is needed here."""
