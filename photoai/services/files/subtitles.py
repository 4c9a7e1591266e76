"""Subtitles: which of three formats a text is, and what it holds."""

from __future__ import annotations

import codecs
from typing import Any

from photoai.models import FileKind
from photoai.services.video.captions import format_of, read

from .kinds import Sort

FORMATS = {
    "srt": Sort(FileKind.SUBTITLES, "application/x-subrip"),
    "vtt": Sort(FileKind.SUBTITLES, "text/vtt"),
    "ass": Sort(FileKind.SUBTITLES, "text/x-ssa"),
}
WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def subtitles_sort(head: bytes) -> Sort | None:
    """The format of a text that begins with `head`, None when it is none of the three."""
    # Whatever tells them apart is ASCII, which is the same in every other encoding.
    encoding = WIDE.get(head[:2], "latin-1")
    text = head.removeprefix(codecs.BOM_UTF8).decode(encoding, "ignore").removeprefix("\ufeff")
    if "\0" in text:
        return None
    return FORMATS.get(format_of(text.replace("\r\n", "\n").replace("\r", "\n")) or "")


def subtitles_facts(data: bytes) -> dict[str, Any]:
    """What the reader makes of it.

    Raises:
        SubtitlesEncodingUnknown, SubtitlesTooLong, SubtitlesUnreadable
    """
    script = read(data)
    return {
        "cues": len(script.cues),
        "format": script.format,
        "encoding": script.encoding,
        "dropped": script.dropped,
        "mended": script.mended,
    }
