"""What goes wrong with files people keep here."""

from __future__ import annotations

from .kinds import Gone, Invalid, NotFound, TooLarge, UnsupportedType


class FileUnknown(NotFound):
    """There is no such file."""


class FileTypeNotTaken(UnsupportedType):
    """Files of this type are not taken here."""


class FileDamaged(Invalid):
    """The file is damaged, or holds nothing that can be read."""


class SubtitlesNotUtf8(Invalid):
    """Subtitles must be text in UTF-8."""


class StorageQuotaUsedUp(TooLarge):
    """Your files would need more room than your plan has: delete some first."""


class FileLinkExpired(Gone):
    """This link has expired."""
