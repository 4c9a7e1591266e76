"""What goes wrong with conversions to ASCII, as far as it is known before anything is drawn, and
with callers who have no account."""

from __future__ import annotations

from .kinds import Invalid, NotFound, TooLarge, TooMany, Unavailable


class ConversionUnknown(NotFound):
    """There is no such conversion."""


class BatchUnknown(NotFound):
    """There is no such batch."""


class ArtifactUnknown(NotFound):
    """This conversion has made no such file."""


class FileNamedTwice(Invalid):
    """Send a file or name one of yours, never both."""


class GuestLimit(Invalid):
    """Without an account only smaller orders are taken: sign in for this one."""


class GuestFileTooLarge(TooLarge):
    """Without an account only smaller files are taken: sign in for this one."""


class TooManyGuests(Unavailable):
    """Too many are at work without an account: try again in a moment, or sign in."""


class TooManyAnonymous(TooMany):
    """Too many orders without an account from one address: wait, or sign in."""
