"""SRT and WebVTT, read as people write them.

pysubs2 reads neither the notes, names and settings of WebVTT nor files without numbers, empty
lines or hours, and takes minutes for some that are no subtitles at all: these two are read here,
line by line, in time that grows with the file and nothing else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from .cues import Cue, Word
from .plain import cleaned

# Hours may be missing, and dots, commas and colons change places.
MOMENT = r"-?(?:\d{1,4}\s?:\s?)?\d{1,3}\s?:\s?\d{1,2}(?:\s?[.,:]\s?\d{1,9})?"
PARTS = re.compile(r"(-?)(?:(\d+):)??(\d+):(\d+)(?:[.,:](\d+))?")
TIMING = re.compile(rf"\s*({MOMENT})\s*-{{1,3}}>\s*({MOMENT})(?![\d:]).*")
NUMBER = re.compile(r"\s*\d{1,9}\s*")
BREAK = re.compile(r"<br\s*/?>", re.I)
TAG = re.compile(
    r"</?(?:b|i|u|s|em|strong|font|span|c|v|lang|ruby|rt|rp)(?:[\s.][^<>]*)?/?>|\{\\[^{}]*\}", re.I
)
INSIDE = re.compile(rf"<({MOMENT})>")


@dataclass
class _Block:
    start_sec: float
    end_sec: float
    lines: list[str] = field(default_factory=list)


def is_timing(line: str) -> bool:
    return "->" in line and TIMING.fullmatch(line) is not None


def srt_cues(text: str) -> Iterator[Cue]:
    """Lines that are neither numbers nor times belong to the cue before, empty ones between."""
    for block in _blocks(text.split("\n"), ends_at_empty=False):
        said = TAG.sub("", BREAK.sub("\n", "\n".join(block.lines)))
        yield Cue(block.start_sec, block.end_sec, said.strip("\n"))


def vtt_cues(text: str) -> Iterator[Cue]:
    """Settings, names, notes, styles and regions are left out; times inside a cue are those of
    its words."""
    for block in _blocks(text.split("\n"), ends_at_empty=True):
        yield _spoken(block)


def _blocks(lines: Iterable[str], ends_at_empty: bool) -> Iterator[_Block]:
    block: _Block | None = None
    for line in lines:
        if found := TIMING.fullmatch(line) if "->" in line else None:
            if block is not None:
                yield _without_number(block)
            block = _Block(_seconds(found[1]), _seconds(found[2]))
        elif block is not None and ends_at_empty and not line.strip():
            yield block
            block = None
        elif block is not None:
            block.lines.append(line.rstrip())
    if block is not None:
        yield block


def _without_number(block: _Block) -> _Block:
    """What stands in front of the next times is its number, unless nothing else was said."""
    if len(block.lines) > 1 and NUMBER.fullmatch(block.lines[-1]):
        block.lines.pop()
    return block


def _spoken(block: _Block) -> Cue:
    parts = INSIDE.split(BREAK.sub("\n", "\n".join(block.lines)))
    texts = [cleaned(html.unescape(TAG.sub("", part))) for part in parts[::2]]
    text = "".join(texts).strip("\n")
    if len(texts) == 1:
        return Cue(block.start_sec, block.end_sec, text)
    times = [block.start_sec, *map(_seconds, parts[1::2]), block.end_sec]
    words = [
        Word(min(between), max(between), said)
        for between, said in zip(pairwise(times), texts, strict=True)
        if said.strip()
    ]
    return Cue(block.start_sec, block.end_sec, text, tuple(words))


def _seconds(moment: str) -> float:
    found = PARTS.fullmatch(re.sub(r"\s", "", moment))
    if found is None:
        return 0.0
    sign, hours, minutes, seconds, part = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (-1 if sign else 1) * (whole + float(f"0.{part or 0}"))
