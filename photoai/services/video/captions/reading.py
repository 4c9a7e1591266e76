"""Subtitles of three formats, read whatever they were written by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from photoai.errors import SubtitlesTooLong, SubtitlesUnreadable

from .cues import MAX_BYTES, MAX_CUES, Cue, Script, Tally, sound
from .encodings import text_of
from .plain import cleaned
from .scripts import ass_cues
from .timed import is_timing, srt_cues, vtt_cues

VTT = re.compile(r"\s*WEBVTT\b")
SECTION = re.compile(r"\[(?:script info|v4\+? styles|events)\]", re.I)
READERS: dict[str, Callable[[str, Tally], Iterable[Cue]]] = {
    "srt": lambda text, _: srt_cues(text),
    "vtt": lambda text, _: vtt_cues(text),
    "ass": ass_cues,
}


def format_of(text: str) -> str | None:
    """srt, vtt or ass, by how it begins; None when it begins like none of them."""
    if VTT.match(text):
        return "vtt"
    lines = (line.strip() for line in text.split("\n"))
    first, second = [*islice((line for line in lines if line and line[0] != ";"), 2), "", ""][:2]
    if SECTION.match(first):
        return "ass"
    return "srt" if is_timing(second if first.isdigit() else first) else None


def read(data: bytes) -> Script:
    """The subtitles in a file; what begins like nothing we know is read as SRT.

    Raises:
        SubtitlesEncodingUnknown: it is no text, or nobody can tell in which encoding.
        SubtitlesTooLong: it has more bytes or cues than are taken.
        SubtitlesUnreadable: there is not one cue that can be shown.
    """
    if len(data) > MAX_BYTES:
        raise SubtitlesTooLong(details={"size_bytes": len(data), "max_bytes": MAX_BYTES})
    text, encoding = text_of(data)
    plain, tally = cleaned(text), Tally()
    form = format_of(plain) or "srt"
    cues = sound(_at_most(READERS[form](plain, tally)), tally)
    if not cues:
        raise SubtitlesUnreadable(details={"format": form, "dropped": tally.dropped})
    return Script(cues, form, encoding, tally.dropped, tally.mended)


def cues_of(data: bytes) -> list[Cue]:
    """The cues in a file, in the order of their beginnings. Raises as `read`."""
    return read(data).cues


def _at_most(cues: Iterable[Cue]) -> Iterator[Cue]:
    found = list(islice(cues, MAX_CUES + 1))
    if len(found) > MAX_CUES:
        raise SubtitlesTooLong(details={"max_cues": MAX_CUES})
    return iter(found)
