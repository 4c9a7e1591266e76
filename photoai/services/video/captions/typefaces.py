"""Fonts in files: their names as libass reads them, which characters they have, how wide those are.

fontTools is loaded where it is used. A file somebody sent is first read in a child process.
"""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photoai.errors import FontUnusable

from .plain import SPACE

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

MAX_FACES = 64
FAMILY, STYLE, FULL_NAME = 1, 2, 4  # of the table of names (OpenType, "name")
MICROSOFT, ENGLISH = 3, 0x409
REGULAR = 400
# A name that stands in a style and in a tag of ASS and means itself there. libass takes a name in
# front of which is "@" for vertical, and "0" for none.
NAME = re.compile(r"(?!@)(?!0$)[^\\{}(),;\x00-\x1f\x7f]{1,100}")
# Joiners, marks of direction, selectors of variants, tags: they shape others, and no font needs to
# have them.
FORMLESS = [
    chr(code)
    for codes in (
        [0xAD, 0x34F, 0x61C, 0x180E],
        range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070),
        range(0xFE00, 0xFE10), range(0xE0000, 0xE0080), range(0xE0100, 0xE01F0),
    )
    for code in codes
]  # fmt: skip
# What reading a font that nobody thought of may lead to.
STRANGE = (
    OSError, AttributeError, LookupError, ArithmeticError, ValueError, AssertionError, TypeError,
    EOFError, RecursionError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Font:
    """One face of a font. `family` is what it is asked for by, and what libass finds it by: that
    of the whole family for the regular face, its full name ("PT Serif Bold") for the others.
    `kin` is the family's name; `face` counts within a collection."""

    family: str
    path: Path
    kin: str = ""
    face: int = 0
    weight: int = REGULAR
    italic: bool = False

    @property
    def plainness(self) -> tuple[bool, int]:
        """The least one is the family's regular face, or nearest to it."""
        return self.italic, abs(self.weight - REGULAR)


@dataclass(frozen=True)
class Measures:
    """A face in parts of its em. `line` is from the highest to the lowest point that the face says
    it has, which is what libass makes as high as the size it is told; `advances` is how far each
    character moves on, of which it really has so many `characters`."""

    characters: int
    line: float
    advances: Mapping[str, float]

    def covers(self, text: str) -> bool:
        return not set(text).difference(self.advances)

    def width(self, text: str) -> float:
        """Raises KeyError for a character that the face does not have."""
        return sum(map(self.advances.__getitem__, text))


def fonts_in(path: Path) -> list[Font]:
    """The faces of a TTF, an OTF or a collection of either.

    Raises:
        FontUnusable: it cannot be read, or a name of its can stand in no subtitles.
    """
    from fontTools.ttLib import TTLibError

    try:
        return [_font(path, face) for face in range(_faces(path))]
    except (TTLibError, *STRANGE) as error:
        raise FontUnusable from error


def _faces(path: Path) -> int:
    """How many faces a collection has (OpenType, "TTC header"); 1 for what is none."""
    with path.open("rb") as file:
        head = file.read(12)
    faces = int.from_bytes(head[8:12]) if head.startswith(b"ttcf") else 1
    if not 0 < faces <= MAX_FACES:
        raise FontUnusable
    return faces


def _font(path: Path, face: int) -> Font:
    with _opened(path, face) as font:
        kin, style, full = (_name(font, name) for name in (FAMILY, STYLE, FULL_NAME))
        weight, italic = font["OS/2"].usWeightClass, bool(font["OS/2"].fsSelection & 1)
    plain = style.lower() in {"", "regular", "normal", "book", "roman"} or not full
    family = kin if plain else full
    if not (NAME.fullmatch(kin) and NAME.fullmatch(family)):
        raise FontUnusable
    return Font(family, path, kin, face, weight, italic)


def _name(font: TTFont, number: int) -> str:
    """As libass knows it: of Microsoft's platform, in English if there is one."""
    names = [name for name in font["name"].names if name.nameID == number]
    names.sort(key=lambda name: (name.platformID != MICROSOFT, name.langID != ENGLISH))
    return names[0].toUnicode().strip() if names else ""


def measures(path: Path, face: int = 0) -> Measures:
    """Raises FontUnusable"""
    from fontTools.ttLib import TTLibError

    try:
        with _opened(path, face) as font:
            return _measures(font)
    except (TTLibError, *STRANGE) as error:
        raise FontUnusable from error


def _measures(font: TTFont) -> Measures:
    em = font["head"].unitsPerEm
    glyphs = font.getBestCmap() or {}
    widths = font["hmtx"].metrics
    advances = {chr(code): widths[glyph][0] / em for code, glyph in glyphs.items()}
    advances.setdefault(SPACE, advances.get(" ", 0.0))
    return Measures(len(glyphs), _line(font) / em, advances | dict.fromkeys(FORMLESS, 0.0))


def _line(font: TTFont) -> int:
    """As libass takes it, which does as Windows does (ass_font.c, set_font_metrics)."""
    windows, across = font["OS/2"], font["hhea"]
    height: int = windows.usWinAscent + windows.usWinDescent
    return height or across.ascent - across.descent or font["head"].unitsPerEm


@contextmanager
def _opened(path: Path, face: int) -> Iterator[TTFont]:
    """Whatever fontTools finds wrong with each of thousands of records is nobody's news."""
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    with path.open("rb") as file:
        yield TTFont(file, fontNumber=face, lazy=True)
