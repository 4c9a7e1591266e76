"""Subtitles: which of three formats a text is, and how many cues it holds."""

from __future__ import annotations

import re
from typing import Any

from photoai.errors import FileDamaged, SubtitlesNotUtf8
from photoai.models import FileKind

from .kinds import Sort

MAX_BYTES = 2_000_000
SRT = Sort(FileKind.SUBTITLES, "application/x-subrip")
VTT = Sort(FileKind.SUBTITLES, "text/vtt")
ASS = Sort(FileKind.SUBTITLES, "text/x-ssa")
MARK = b"\xef\xbb\xbf"
VTT_HEAD = re.compile(rb"WEBVTT(?:[ \t\r\n]|$)")
MOMENT = r"(?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{2}[,.][0-9]{1,3}"
TIMING = re.compile(rf"{MOMENT}[ \t]*-->[ \t]*{MOMENT}.*")


def subtitles_sort(head: bytes) -> Sort | None:
    """The format of a text that begins with `head`, None when it is none of the three."""
    text = head.removeprefix(MARK)
    if b"\0" in text:
        return None
    if VTT_HEAD.match(text):
        return VTT
    lines = [line.strip().decode("latin-1") for line in text.splitlines()]
    spoken = [line for line in lines if line and not line.startswith(";")][:2]
    if not spoken:
        return None
    if spoken[0].lower() == "[script info]":
        return ASS
    first = spoken[-1] if spoken[0].isdigit() else spoken[0]
    return SRT if TIMING.fullmatch(first) else None


def subtitles_facts(data: bytes, sort: Sort) -> dict[str, Any]:
    """How many cues there are.

    Raises:
        SubtitlesNotUtf8
        FileDamaged: there is not one cue.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SubtitlesNotUtf8(details={"byte": error.start}) from None
    cues = sum(_is_cue(line, sort) for line in text.splitlines())
    if not cues or "\0" in text:
        raise FileDamaged
    return {"cues": cues}


def _is_cue(line: str, sort: Sort) -> bool:
    if sort == ASS:
        return line.startswith("Dialogue:")
    return TIMING.fullmatch(line.strip()) is not None
