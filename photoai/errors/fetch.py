"""What goes wrong with an address somebody gave us."""

from __future__ import annotations

from .kinds import Invalid, NotInTime, TooLarge


class FetchRefused(Invalid):
    """This address may not be downloaded from."""


class FetchTooLarge(TooLarge):
    """What lies at this address is larger than allowed."""


class FetchTooSlow(NotInTime):
    """The download did not end in time."""


class FetchFailed(Invalid):
    """The download failed."""
