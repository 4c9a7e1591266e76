"""The font that letters are drawn with."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# A package of nothing but this font, under the OFL. Its letters are 0.6 em wide.
PACKAGE, FILE = "fontpkg_fira_code", "files/FiraCode[wght].ttf"
WEIGHT = 700
ADVANCE_EM = 0.6
# What we draw ourselves: to the cell's very edges, and evenly.
BLOCKS = range(0x2580, 0x25A0)
BRAILLE = range(0x2800, 0x2900)


def font_path() -> Path:
    """Raises ModuleNotFoundError: the font's package is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(PACKAGE, name=PACKAGE)
    return Path(spec.origin).parent / FILE


def is_drawable(character: str) -> bool:
    """Whether there is a glyph for it."""
    code = ord(character)
    return code < 0x7F or code in BLOCKS or code in BRAILLE or code in _letters()


@lru_cache
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())
