"""Subtitles: which of three formats a text is, and what it holds."""

from __future__ import annotations

from typing import Any

from photoai.models import FileKind
from photoai.services.video.captions import format_of, read, wide_or_utf8

from .kinds import Sort

FORMATS = {
    "srt": Sort(FileKind.SUBTITLES, "application/x-subrip"),
    "vtt": Sort(FileKind.SUBTITLES, "text/vtt"),
    "ass": Sort(FileKind.SUBTITLES, "text/x-ssa"),
}


def subtitles_sort(head: bytes) -> Sort | None:
    """The format of a text that begins with `head`, None when it is none of the three."""
    mark, encoding = wide_or_utf8(head)
    # Whatever tells them apart is ASCII, which is the same in every encoding that is not wide.
    encoding = "latin-1" if encoding == "utf-8" else encoding
    text = head.removeprefix(mark).decode(encoding, "ignore")
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
