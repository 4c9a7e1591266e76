"""Tags of ASS: told from the text, and read as what they say of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .cues import Cue, Word

SPACES = re.compile(r"\\[Nnh]")
SPACED = {r"\N": "\n", r"\n": "\n", r"\h": " "}
SAID = re.compile(r"\\(?:k[fo]?|K)(\d{1,6})")
WAITING = re.compile(r"\\kt(\d{1,7})")
DRAWING = re.compile(r"\\p(\d+)")


@dataclass
class _Reading:
    """`now` is when the next syllable begins, `begun` when the present one did, None before the
    first."""

    now: float
    begun: float | None = None
    drawing: bool = False
    texts: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


def parts_of(text: str) -> Iterator[tuple[bool, str]]:
    """An event's text in pieces: whether each is tags (without braces), and the piece. A brace
    that is not closed is text, as for libass."""
    at = 0
    while (begin := text.find("{", at)) >= 0:
        end = text.find("}", begin)
        if end < 0:
            break
        if begin > at:
            yield False, text[at:begin]
        yield True, text[begin + 1 : end]
        at = end + 1
    if at < len(text):
        yield False, text[at:]


def marked_cue(start_sec: float, end_sec: float, text: str) -> Cue:
    """Drawings are left out; syllables of karaoke become words."""
    reading = _Reading(start_sec)
    for is_tags, piece in parts_of(text):
        if is_tags:
            _read_tags(reading, piece, start_sec)
        elif not reading.drawing:
            _read_text(reading, piece)
    said = "".join(reading.texts).strip("\n")
    return Cue(start_sec, end_sec, said, tuple(reading.words))


def _read_tags(reading: _Reading, tags: str, start_sec: float) -> None:
    if found := DRAWING.findall(tags):
        reading.drawing = int(found[-1][:3]) > 0
    if found := WAITING.findall(tags):
        reading.now = start_sec + int(found[-1]) / 100
    for hundredths in SAID.findall(tags):
        reading.begun = reading.now
        reading.now += int(hundredths) / 100


def _read_text(reading: _Reading, piece: str) -> None:
    plain = SPACES.sub(lambda found: SPACED[found[0]], piece)
    reading.texts.append(plain)
    if reading.begun is not None and plain.strip():
        reading.words.append(Word(reading.begun, reading.now, plain))
