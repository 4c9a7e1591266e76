"""What goes wrong with ASCII pictures before anything is drawn."""

from __future__ import annotations

from .kinds import Invalid


class CharsetInvalid(Invalid):
    """These characters cannot be drawn with."""
