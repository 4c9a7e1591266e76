"""Who chooses the characters of a look."""

from __future__ import annotations

from .braille import Braille
from .grid import Grid
from .look import Look
from .ramp import Chooser, Ramp


def chooser_of(look: Look, grid: Grid) -> Chooser:
    if look.style == "braille":
        return Braille(grid, look.dither, look.steadiness)
    return Ramp(len(look.characters), look.steadiness)
