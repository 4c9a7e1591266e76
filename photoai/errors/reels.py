"""What goes wrong with analyses of videos."""

from __future__ import annotations

from .kinds import (
    Conflict,
    Gone,
    Invalid,
    NotFound,
    ProviderError,
    TooLarge,
    TooMany,
    UnsupportedType,
)


class ReelUnknown(NotFound):
    """There is no such analysis."""


class ReelTypeNotTaken(UnsupportedType):
    """Unsupported format. Use MP4, MOV or WebM."""


class ReelTooLarge(TooLarge):
    """The video has more megabytes than are analysed."""


class ReelTooLong(Invalid):
    """The video is longer than those that are analysed."""


class ReelNotReady(Conflict):
    """The video is still being analysed, or that came to nothing."""


class ReelGone(Gone):
    """The analysis has been deleted: have the video analysed again."""


class ReelWithoutSpeech(Conflict):
    """Nothing is said in this video that could be subtitles."""


class ReelFileGone(Gone):
    """The video is not here any more: upload it again."""


class BudgetSpent(TooMany):
    """What analyses may cost in a day is spent: go on tomorrow."""


class AnalysisUnusable(ProviderError):
    """The model answered, but not with an analysis that could be used. Try it again."""
