"""Subtitles written: ASS for libass, SRT for a track of its own. pysubs2 writes both."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .cues import Cue, Tally, sound, within
from .in_turn import in_turn
from .plain import JOINER, cleaned

if TYPE_CHECKING:
    from pysubs2 import Color, SSAFile, SSAStyle

# What FFmpeg's reader of SRT would take for a tag, a time or its own end.
TAGLIKE = re.compile(r"[<{\\]|--(?=>)")
LINE_ENDS = re.compile(r"[\r\n\0]")
EMPTY_LINES = re.compile(r"\n\s*\n+")


@dataclass(frozen=True)
class Look:
    """A style of ASS. `font` is a name libass finds, `size` libass's own (`typeface.ass_size`);
    colours are "#rrggbb", with "aa" behind it how opaque they are. With a `box` all the lines lie
    on one rectangle, `padding` px larger than they."""

    font: str
    size: float
    color: str = "#ffffff"
    before: str = "#ffffff"
    outline_px: float = 0.0
    outline_color: str = "#000000"
    box: str | None = None
    padding: float = 0.0
    anchor: int = 2

    def style(self) -> SSAStyle:
        from pysubs2 import Alignment, SSAStyle

        return SSAStyle(
            fontname=self.font,
            fontsize=round(self.size, 2),
            primarycolor=_color(self.color),
            secondarycolor=_color(self.before),
            outlinecolor=_color(self.outline_color),
            backcolor=_color(self.box or "#00000000"),
            # 4 is libass's own: one rectangle in the colour of the back behind all lines, as much
            # larger as the shadow is deep.
            borderstyle=4 if self.box else 1,
            outline=round(self.outline_px, 2),
            shadow=round(self.padding, 2) if self.box else 0.0,
            alignment=Alignment(self.anchor),
            marginl=0,
            marginr=0,
            marginv=0,
            encoding=-1,  # the direction of a text is that of its first letter
        )


@dataclass(frozen=True)
class Event:
    """`text` is escaped; of two that are seen at once the one of the higher layer is in front."""

    start_sec: float
    end_sec: float
    look: str
    text: str
    layer: int = 0

    def line(self) -> str:
        start, end = _moment(self.start_sec), _moment(self.end_sec)
        if LINE_ENDS.search(self.text):  # what follows would be a line of the script's own
            raise ValueError("an event is one line")
        return f"Dialogue: {self.layer},{start},{end},{self.look},,0,0,0,,{self.text}\n"


@dataclass
class Sheet:
    """All that is drawn on a picture of this size."""

    width: int
    height: int
    looks: dict[str, Look] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def written(self) -> str:
        """pysubs2 writes the head; its events would take seconds when every word is one."""
        file = self._empty()
        file.styles = {name: look.style() for name, look in self.looks.items()}
        return ass_text(file) + "".join(event.line() for event in self.events)

    def _empty(self) -> SSAFile:
        from pysubs2 import SSAFile

        file = SSAFile()
        file.info = {
            "PlayResX": str(self.width),
            "PlayResY": str(self.height),
            "ScaledBorderAndShadow": "yes",
            "WrapStyle": "2",  # lines end where we say
            "YCbCr Matrix": "None",
        }
        return file


def ass_text(file: SSAFile) -> str:
    out = io.StringIO()
    file.to_file(out, "ass", header_notice="photoai")
    return out.getvalue()


def soft_srt(cues: Sequence[Cue], duration_sec: float) -> str:
    """What is seen of the cues in a video of this length, one at a time, as SRT in which no text is
    a tag."""
    from pysubs2 import SSAEvent, SSAFile

    file = SSAFile()
    said = [
        (round(cue.start_sec * 1000), round(cue.end_sec * 1000), text)
        for cue in within(sound(cues, Tally()), duration_sec)
        if (text := _untagged(cue.text))
    ]
    file.events = [SSAEvent(*shown) for shown in in_turn(said)]
    out = io.StringIO()
    file.to_file(out, "srt", keep_ssa_tags=True)
    return out.getvalue()


def _untagged(text: str) -> str:
    whole = EMPTY_LINES.sub("\n", cleaned(text)).strip()
    return TAGLIKE.sub(lambda found: found[0] + JOINER, whole)


def ass_color(said: str) -> str:
    """As a tag has it."""
    red, green, blue = bytes.fromhex(said.removeprefix("#"))[:3]
    return f"&H{blue:02X}{green:02X}{red:02X}&"


def _moment(sec: float) -> str:
    """Down to ASS's hundredths, so that a frame's own time begins and ends with the frame."""
    seconds, hundredths = divmod(math.floor(sec * 100 + 1e-6), 100)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}.{hundredths:02d}"


def _color(said: str) -> Color:
    from pysubs2 import Color

    red, green, blue, *opaque = bytes.fromhex(said.removeprefix("#"))
    return Color(red, green, blue, 255 - opaque[0] if opaque else 0)
