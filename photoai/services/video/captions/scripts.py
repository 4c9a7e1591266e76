"""ASS and SSA, read by pysubs2, of which only sound lines reach it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from photoai.errors import SubtitlesTooLong

from .cues import MAX_CUES, Cue, Tally
from .marked import marked_cue

if TYPE_CHECKING:
    from pysubs2 import SSAFile, SSAStyle

LONGEST_LINE = 16_000
MAX_STYLES = 1_000
MOMENT = r"-?\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?"
EVENT = re.compile(rf"Dialogue:[^,]*,\s*{MOMENT}\s*,\s*{MOMENT}\s*,(?:[^,]*,){{6}}.*", re.I)
OLD = re.compile(r"^\s*\[v4 styles\]", re.I | re.M)
SIZE = re.compile(r"PlayRes([XY])\s*:\s*(\d{1,5})", re.I)
STRANGE = (AttributeError, LookupError, ArithmeticError, ValueError, TypeError)


def script_of(text: str, tally: Tally) -> SSAFile:
    """Its size, styles and events; fonts, pictures and comments are left out. Lines that cannot be
    read are, too, and `tally` counts those that were events.

    Raises:
        SubtitlesTooLong: it has more events than are taken.
    """
    form = "ssa" if OLD.search(text) else "ass"
    lines = [line.strip() for line in text.split("\n")]
    said = [line for line in lines if line[:9].lower() == "dialogue:"]
    if len(said) > MAX_CUES:
        raise SubtitlesTooLong(details={"cues": len(said), "max_cues": MAX_CUES})
    events = [line for line in said if len(line) <= LONGEST_LINE and EVENT.fullmatch(line)]
    tally.dropped += len(said) - len(events)
    file = _read("[Events]", [f"Dialogue:{line[9:]}" for line in events], form)
    file.styles = _styles(lines, form)
    file.info = {f"PlayRes{axis.upper()}": size for axis, size in SIZE.findall(text[:LONGEST_LINE])}
    return file


def ass_cues(text: str, tally: Tally) -> Iterator[Cue]:
    """What is said in a script, without its looks.

    Raises:
        SubtitlesTooLong
    """
    for event in script_of(text, tally).events:
        yield marked_cue(event.start / 1000, event.end / 1000, event.text)


def _styles(lines: list[str], form: str) -> dict[str, SSAStyle]:
    styles: dict[str, SSAStyle] = {}
    for line in lines:
        if line[:6].lower() == "style:" and len(line) <= LONGEST_LINE and len(styles) < MAX_STYLES:
            try:
                styles |= _read("[V4+ Styles]", [f"Style:{line[6:]}"], form).styles
            except STRANGE:
                continue
    return styles


def _read(section: str, lines: list[str], form: str) -> SSAFile:
    from pysubs2 import SSAFile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about numbers that are none: it takes zero
        return SSAFile.from_string("\n".join([section, *lines]), format_=form)
