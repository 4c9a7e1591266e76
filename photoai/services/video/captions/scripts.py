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
EVENT = (
    "layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"
)  # fmt: skip
MISSING = {"layer": "0", "style": "Default", "marginl": "0", "marginr": "0", "marginv": "0"}
MOMENT = re.compile(r"\s*-?\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?\s*")
OLD = re.compile(r"^[ \t]*\[v4 styles\]", re.I | re.M)
TOLD = re.compile(r"^[ \t]*(PlayResX|PlayResY|WrapStyle)[ \t]*:[ \t]*(\d{1,5})[ \t]*$", re.I | re.M)
STRANGE = (AttributeError, LookupError, ArithmeticError, ValueError, TypeError)


def script_of(text: str, tally: Tally) -> SSAFile:
    """Its size, styles and events; fonts, pictures and comments are left out. Lines that cannot be
    read are, too, and `tally` counts those that were events.

    Raises:
        SubtitlesTooLong: it has more events than are taken.
    """
    lines = [line.strip() for line in text.split("\n")]
    said = [line for line in lines if line[:9].lower() == "dialogue:"]
    if len(said) > MAX_CUES:
        raise SubtitlesTooLong(details={"cues": len(said), "max_cues": MAX_CUES})
    columns = _columns(lines)
    events = [event for line in said if (event := _event(line[9:], columns)) is not None]
    tally.dropped += len(said) - len(events)
    file = _read("[Events]", events, "ass")
    file.styles = _styles(lines, "ssa" if OLD.search(text) else "ass")
    file.info = {name.lower(): number for name, number in TOLD.findall(text[:LONGEST_LINE])}
    return file


def ass_cues(text: str, tally: Tally) -> Iterator[Cue]:
    """What is said in a script, without its looks.

    Raises:
        SubtitlesTooLong
    """
    for event in script_of(text, tally).events:
        yield marked_cue(event.start / 1000, event.end / 1000, event.text)


def _columns(lines: list[str]) -> list[str]:
    """In which order the script says that its events are written."""
    for line in lines:
        if line[:7].lower() == "format:":
            columns = [column.strip().lower() for column in line[7:].split(",")]
            if {"start", "end"} < set(columns) and columns[-1] == "text":
                return columns
    return list(EVENT)


def _event(said: str, columns: list[str]) -> str | None:
    """The event in pysubs2's order, None when it says no time or no text."""
    fields = dict(zip(columns, said.split(",", len(columns) - 1), strict=False))
    times = [fields.get("start", ""), fields.get("end", "")]
    if len(said) > LONGEST_LINE or "text" not in fields or not all(map(MOMENT.fullmatch, times)):
        return None
    return "Dialogue:" + ",".join(fields.get(name, MISSING.get(name, "")) for name in EVENT)


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
