"""What goes wrong with files people keep here."""

from __future__ import annotations

from .kinds import Gone, Invalid, NotFound, TooLarge, UnsupportedType


class FileUnknown(NotFound):
    """There is no such file."""


class FileTypeNotTaken(UnsupportedType):
    """Files of this type are not taken here."""


class FileDamaged(Invalid):
    """The file is damaged, or holds nothing that can be read."""


class SubtitlesEncodingUnknown(Invalid):
    """It is not clear how the letters of these subtitles are encoded: save them as UTF-8."""


class SubtitlesTooLong(TooLarge):
    """The subtitles are longer than allowed."""


class SubtitlesUnreadable(Invalid):
    """There is no cue in these subtitles that could be shown."""


class FontUnusable(Invalid):
    """The font is damaged, or of a kind that texts cannot be drawn with."""


class FontUnknown(Invalid):
    """There is no font of this name."""


class StorageQuotaUsedUp(TooLarge):
    """Your files would need more room than your plan has: delete some first."""


class FileLinkExpired(Gone):
    """This link has expired."""
