"""An ASS script somebody sent, drawn with its own looks: what libass is told is what we know.

Tags are those of the list below with numbers within reason. Drawings, clips of any form but a
rectangle, fonts and pictures inside the file are left out: a few kilobytes of them keep a renderer
busy for hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from photoai.errors import SubtitlesUnreadable

from .cues import LATEST_SEC, Tally
from .encodings import text_of
from .fonts import LANGUAGE_SHOWS, FontBook
from .marked import DRAWING, SPACES, parts_of
from .plain import cleaned
from .scripts import script_of
from .setting import runs
from .typefaces import NAME, Font
from .writing import ass_text

if TYPE_CHECKING:
    from pysubs2 import SSAEvent, SSAFile, SSAStyle

# As other players have it for a script that does not say.
HEIGHT = 288
USUAL = "Default"
LARGEST_SIDE = 8192
HIGHEST = 2.0  # of a letter, in heights of the picture
WIDEST = 0.1  # of an outline or a shadow, likewise
NUMBER = r"-?\d{1,7}(?:\.\d{0,6})?"
NUMBERS = re.compile(rf"{NUMBER}(?:\s*,\s*{NUMBER}){{0,6}}")
COLOR = re.compile(r"&?H?[0-9A-Fa-f]{1,8}&?")
EFFECT = re.compile(r"(?:Banner|Scroll up|Scroll down)(?:;\s*\d{1,6}){0,4};?", re.I)
TAG = re.compile(
    r"\\(fn|r|alpha|[1-4]a|[1-4]?c(?!lip)|pos|move|org|fade|fad|i?clip|t(?=\()"
    r"|fsc[xy]|fsp?|fa[xy]|fr[xyz]?|[xy]?bord|[xy]?shad|blur|be|an|k[fot]?|K|[abiusq])"
    r"(\([^()]*(?:\([^()]*\)[^()]*)*\)?|[^\\(]*)"
)
FAMILY = re.compile(r"\\(fn|r)([^\\()]*)")
NAMED, COLORED = {"fn", "r"}, {"alpha", "1a", "2a", "3a", "4a", "c", "1c", "2c", "3c", "4c"}
LISTED = {"pos": (2,), "move": (4, 6), "org": (2,), "fad": (2,), "fade": (7,)} | dict.fromkeys(
    ("clip", "iclip"), (4,)
)
LATEST_MS = int(LATEST_SEC * 1000)
PER_CENT, DEEPEST_BLUR, FARTHEST = 1_000.0, 20.0, 1e6


class _Limits:
    """How much is within reason on a picture of so many of the script's own pixels."""

    def __init__(self, height: int) -> None:
        tall, wide = height * HIGHEST, height * WIDEST
        self._most = {
            "fs": tall, "fsp": tall, "fscx": PER_CENT, "fscy": PER_CENT,
            "blur": DEEPEST_BLUR, "be": DEEPEST_BLUR, "fax": 10.0, "fay": 10.0,
        } | {
            f"{axis}{tag}": wide for axis in ("", "x", "y") for tag in ("bord", "shad")
        }  # fmt: skip

    def number(self, tag: str, said: float) -> float:
        most = self._most.get(tag, FARTHEST)
        return min(max(said, -most), most)


def ass_as_is(data: bytes, fonts: FontBook | None = None) -> str:
    """The script with its own styles, in fonts that there are; its size is its own, which libass
    stretches to the picture's.

    Raises:
        as `read`
    """
    book = fonts or FontBook()
    tally = Tally()
    file = script_of(cleaned(text_of(data)[0]), tally)
    file.info = _size(file) | {"ScaledBorderAndShadow": "yes", "YCbCr Matrix": "None"}
    limits = _Limits(int(file.info["PlayResY"]))
    file.styles = {name: _style(style, book, limits) for name, style in file.styles.items()}
    file.styles.setdefault(USUAL, _usual(book))
    for event in file.events:
        event.style = event.style if event.style in file.styles else USUAL
    families = {name: style.fontname for name, style in file.styles.items()}
    cast = _Cast(book, families, "".join(event.text for event in file.events[:LANGUAGE_SHOWS]))
    file.events = [kept for event in file.events if (kept := _event(event, cast, limits))]
    if not file.events:
        raise SubtitlesUnreadable(details={"format": "ass", "dropped": tally.dropped})
    return ass_text(file)


def _size(file: SSAFile) -> dict[str, str]:
    """A side that is not told follows from the other, as in libass."""
    told = {name: int(number) for name, number in file.info.items()}
    height = told.get("playresy") or told.get("playresx", 0) * 3 // 4 or HEIGHT
    width = told.get("playresx") or height * 4 // 3
    sides = {"PlayResX": width, "PlayResY": height}
    wrap = min(told.get("wrapstyle", 0), 3)
    return {"WrapStyle": str(wrap)} | {
        name: str(min(max(side, 1), LARGEST_SIDE)) for name, side in sides.items()
    }


def _usual(book: FontBook) -> SSAStyle:
    from pysubs2 import SSAStyle

    return SSAStyle(fontname=book.check(None).family)


def _style(style: SSAStyle, book: FontBook, limits: _Limits) -> SSAStyle:
    style.fontname = _font(style.fontname, book)
    numbers = {
        "fontsize": "fs", "scalex": "fscx", "scaley": "fscy", "spacing": "fsp", "outline": "bord",
        "shadow": "shad", "angle": "fr",
    }  # fmt: skip
    for field, tag in numbers.items():
        said = getattr(style, field)
        setattr(style, field, limits.number(tag, said) if abs(said) < FARTHEST else 0.0)
    return style


def _font(name: str, book: FontBook) -> str:
    """One that there is; the server's own in place of any other."""
    return (book.find(name.lstrip("@")) or book.check(None)).family


class _Cast:
    """The fonts of a script: `families` are those of its styles, `sample` is in its language."""

    def __init__(self, book: FontBook, families: Mapping[str, str], sample: str) -> None:
        self.book = book
        self.families = families
        self._substitutes = book.substitutes(sample)

    def after(self, tags: str, family: str, style: str) -> str:
        """The family in which text stands behind these tags, in an event of this style."""
        for tag, said in FAMILY.findall(tags):
            own = self.families[style]
            family = (said or own) if tag == "fn" else self.families.get(said, own)
        return family

    def spelled(self, text: str, family: str) -> str:
        """A piece of text, with tags where another font has its characters."""
        font = self.book.find(family)
        if font is None or self.book.measures(font).covers(SPACES.sub("", text)):
            return text
        return "".join(
            piece if SPACES.fullmatch(piece) else self._in_fonts(piece, font)
            for piece in re.split(f"({SPACES.pattern})", text)
        )

    def _in_fonts(self, text: str, own: Font) -> str:
        return "".join(
            part if font == own else rf"{{\fn{font.family}}}{part}{{\fn{own.family}}}"
            for font, part in runs(text, own, self._substitutes, self.book)
        )


def _event(event: SSAEvent, cast: _Cast, limits: _Limits) -> SSAEvent | None:
    event.start, event.end = (min(max(ms, 0), LATEST_MS) for ms in (event.start, event.end))
    event.text = "".join(_pieces(event, cast, limits))
    event.effect = event.effect if EFFECT.fullmatch(event.effect.strip()) else ""
    return event if event.start < event.end and event.text else None


def _pieces(event: SSAEvent, cast: _Cast, limits: _Limits) -> Iterator[str]:
    drawing, family = False, cast.families[event.style]
    for is_tags, piece in parts_of(event.text):
        if is_tags:
            if found := DRAWING.findall(piece):
                drawing = int(found[-1][:3]) > 0
            if kept := _tags(piece, cast.book, limits):
                family = cast.after(kept, family, event.style)
                yield f"{{{kept}}}"
        elif not drawing:
            yield cast.spelled(piece, family)


def _tags(piece: str, book: FontBook, limits: _Limits) -> str:
    return "".join(_tag(tag, said, book, limits) for tag, said in TAG.findall(piece))


def _tag(tag: str, said: str, book: FontBook, limits: _Limits) -> str:
    """The tag as it is kept, empty when it is not."""
    argument = said.strip().removeprefix("(").removesuffix(")").strip()
    if tag == "t":
        return _change(argument, book, limits)
    if tag == "fn":
        return rf"\fn{_font(argument, book)}" if argument else r"\fn"
    if tag == "r":
        return rf"\r{argument}" if not argument or NAME.fullmatch(argument) else ""
    if tag in COLORED:
        return rf"\{tag}{argument}" if not argument or COLOR.fullmatch(argument) else ""
    if not NUMBERS.fullmatch(argument):
        return rf"\{tag}" if not argument and tag not in LISTED else ""
    numbers = [limits.number(tag, float(number)) for number in argument.split(",")]
    if tag in LISTED:
        return rf"\{tag}({_listed(numbers)})" if len(numbers) in LISTED[tag] else ""
    return rf"\{tag}{_listed(numbers[:1])}"


def _change(argument: str, book: FontBook, limits: _Limits) -> str:
    """Of tags over time: `t1,t2,acceleration,tags`, of which only the tags must be."""
    times, slash, tags = argument.partition("\\")
    spans = [part for part in times.split(",") if part.strip()]
    if not all(re.fullmatch(NUMBER, span.strip()) for span in spans) or len(spans) > 3:
        return ""
    kept = _tags(slash + tags, book, limits)
    return rf"\t({','.join([*(span.strip() for span in spans), kept])})" if kept else ""


def _listed(numbers: list[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)
