"""Texts upon a picture, as ASS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from photoai.errors import TextTimeInvalid

from .cues import LATEST_SEC, Cue
from .fonts import FontBook
from .places import ANCHORS, MARGIN, OUTLINE, SIZE, edge, room, row
from .plain import cleaned
from .setting import Setting
from .words import timed
from .writing import Event, Look, Sheet

PADDING = 1 / 4  # of the size: a box's beside its text


@dataclass(frozen=True)
class Text:
    """`size` is the height of the em in pixels, None an eighteenth of the picture's height;
    `outline_px` None is a sixteenth of the size. Colours are "#rrggbb", the box's "#rrggbbaa",
    where "ff" is opaque. With `x` and `y` that point of the text which `anchor` names stands
    there, in pixels from the picture's top left corner; without, at that edge of the picture.
    `anchor` None is "top-left" with a point, "bottom" without. `end_sec` None: until the end."""

    content: str
    font: str | None = None
    size: float | None = None
    color: str = "#ffffff"
    outline_px: float | None = None
    outline_color: str = "#000000"
    box_color: str | None = None
    anchor: str | None = None
    x: float | None = None
    y: float | None = None
    start_sec: float = 0.0
    end_sec: float | None = None
    fade_sec: float = 0.0

    @property
    def stands(self) -> str:
        return self.anchor or ("bottom" if self.x is None or self.y is None else "top-left")

    def seen(self, duration_sec: float) -> tuple[float, float]:
        """From when to when it is seen in a video of this length.

        Raises:
            TextTimeInvalid: never.
        """
        end_sec = duration_sec if self.end_sec is None else min(self.end_sec, duration_sec)
        if self.start_sec >= end_sec:
            raise TextTimeInvalid(
                details={
                    "start_sec": self.start_sec,
                    "end_sec": self.end_sec,
                    "duration_sec": duration_sec,
                }
            )
        return self.start_sec, end_sec


def texts_ass(
    texts: Sequence[Text],
    width: int,
    height: int,
    duration_sec: float,
    fonts: FontBook | None = None,
) -> str:
    """An ASS script that draws them, the later above the earlier ones.

    Raises:
        FontUnknown
        TextTimeInvalid: `details.text_index` says which is never seen.
    """
    book = fonts or FontBook()
    sheet = Sheet(width, height)
    for index, text in enumerate(texts):
        try:
            _put(sheet, index, text, book, min(duration_sec, LATEST_SEC))
        except TextTimeInvalid as error:
            raise TextTimeInvalid(details=error.details | {"text_index": index}) from None
    return sheet.written()


def _put(sheet: Sheet, index: int, text: Text, book: FontBook, duration_sec: float) -> None:
    size = text.size or sheet.height * SIZE
    setting = Setting(book, book.check(text.font), size, text.content)
    start_sec, end_sec = text.seen(duration_sec)
    name = f"text{index}"
    sheet.looks[name] = _look(text, setting)
    x, y = _point(text, sheet)
    tags = _tags(text, setting, (x, y), end_sec - start_sec)
    drawn = tags + _drawn(text, setting, _room(text, sheet, x))
    sheet.events.append(Event(start_sec, end_sec, name, drawn, index))


def _look(text: Text, setting: Setting) -> Look:
    outline_px = setting.size * OUTLINE if text.outline_px is None else text.outline_px
    return Look(
        setting.font.family,
        setting.ass_size,
        text.color,
        outline_px=outline_px,
        outline_color=text.outline_color,
        box=text.box_color,
        anchor=ANCHORS[text.stands],
    )


def _point(text: Text, sheet: Sheet) -> tuple[float, float]:
    if text.x is None or text.y is None:
        return edge(text.stands, sheet.width, sheet.height)
    return text.x, text.y


def _room(text: Text, sheet: Sheet, x: float) -> float:
    if text.x is None or text.y is None:
        return sheet.width - 2 * sheet.height * MARGIN
    return room(text.stands, x, sheet.width)


def _tags(text: Text, setting: Setting, point: tuple[float, float], seen_sec: float) -> str:
    x, y = point
    # Of the first line the em stands there, not all that the font might ever reach up to.
    y += (2 * row(text.stands) - 1) * setting.overhang
    tags = rf"\pos({x:.2f},{y:.2f})"
    if text.box_color:
        tags += rf"\xshad{setting.size * PADDING:.2f}\yshad0"
    if text.fade_sec:
        fade_ms = round(min(text.fade_sec, seen_sec / 2) * 1000)
        tags += rf"\fad({fade_ms},{fade_ms})"
    return f"{{{tags}}}"


def _drawn(text: Text, setting: Setting, room_px: float) -> str:
    words = timed(Cue(0, 1, cleaned(text.content)))
    return setting.drawn_lines(setting.lines(words, room_px))
