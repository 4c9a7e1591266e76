"""What goes wrong with merges and the links to their videos."""

from __future__ import annotations

from .kinds import Forbidden, Gone, Invalid, NotFound, TooMany


class MergeUnknown(NotFound):
    """There is no such merge."""


class FileNotVideo(Invalid):
    """This file is no video."""


class LinkForged(Forbidden):
    """The link's signature is missing or wrong."""


class LinkExpired(Gone):
    """The link has expired."""


class TooManyMisses(TooMany):
    """Too many downloads of what does not exist: wait before the next one."""
