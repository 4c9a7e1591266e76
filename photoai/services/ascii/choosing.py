"""Who chooses the characters of a look."""

from __future__ import annotations

import numpy as np

from .braille import Braille
from .cells import Bytes
from .charsets import STROKES
from .edges import Edges
from .grid import Grid
from .look import Look
from .ramp import Chooser, ramp_of
from .shapes import Shapes


def chooser_of(look: Look, grid: Grid) -> Chooser:
    characters = look.characters
    if look.style == "braille":
        return Braille(grid, look.dither, look.steadiness)
    ramp = ramp_of(look, grid, len(look.ramp))
    if look.style == "edges":
        return Edges(grid, ramp, _places(STROKES, characters), look.steadiness)
    if look.style == "blocks" or look.shapes:
        places = _places(look.ramp, characters)
        negative = look.style == "inverted" and look.charset is None
        return Shapes(characters, grid, look.steadiness, ramp, places, negative=negative)
    return ramp


def _places(some: str, characters: str) -> Bytes:
    return np.array([characters.index(each) for each in some], np.uint8)
