"""What goes wrong with edits of videos, as far as it is known before anything runs."""

from __future__ import annotations

from .kinds import Invalid


class EditFileUnfit(Invalid):
    """A file of this kind cannot be used here."""


class EditFileWithoutSound(Invalid):
    """The file has no sound."""


class EditEndsTooSoon(Invalid):
    """The end is not after the start."""


class EditStartsTooLate(Invalid):
    """The start lies beyond the end of the video."""
