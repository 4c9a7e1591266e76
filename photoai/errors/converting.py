"""What goes wrong when a video is made into characters."""

from __future__ import annotations

from .kinds import Invalid, TooLarge


class ConversionTooLarge(TooLarge):
    """The result would have more bytes than allowed: fewer kinds of files, a shorter video or fewer
    frames a second need less room."""


class ConversionTooManyFrames(Invalid):
    """The video would have more frames than allowed: fewer frames a second or a shorter video make
    less."""
