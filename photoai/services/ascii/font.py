"""The glyphs: how much of a cell a character covers, and where."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .cells import Bytes

# A package of nothing but this font, under the OFL. Its letters are 0.6 em wide.
PACKAGE, FILE = "fontpkg_fira_code", "files/FiraCode[wght].ttf"
WEIGHT = 600
EM = 1 / 0.6
BASELINE = 0.93 / 1.2
WIDTH, HEIGHT = 64, 128


@lru_cache
def _font(size: float) -> ImageFont.FreeTypeFont:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(PACKAGE)
    path = Path(spec.origin).with_name("files") / Path(FILE).name
    font = ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([WEIGHT])
    return font


@lru_cache(4096)
def master(character: str) -> Bytes:
    """Coverage, 0 to 255, in a large cell: `[128, 64]`."""
    picture = Image.new("L", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(picture)
    code = ord(character)
    if 0x2800 <= code <= 0x28FF:
        _braille(pen, code - 0x2800)
    elif 0x2580 <= code <= 0x259F:
        _block(pen, code)
    else:
        pen.text((0, HEIGHT * BASELINE), character, 255, _font(WIDTH * EM), "ls")
    return np.asarray(picture)


def coverage(character: str, width: int, height: int) -> Bytes:
    """The same in a cell of this size."""
    size = (width, height)
    return np.asarray(Image.fromarray(master(character)).resize(size, Image.Resampling.BOX))


def _braille(pen: ImageDraw.ImageDraw, dots: int) -> None:
    for bit, (column, row) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))):
        if dots >> bit & 1:
            pen.circle((column * 32 + 15.5, row * 32 + 15.5), 12, 255)


LOWER = {0x2581 + eighth: (0, 7 - eighth, 8, 8) for eighth in range(8)}
LEFT = {0x2589 + eighth: (0, 0, 7 - eighth, 8) for eighth in range(7)}
PARTS = {0x2580: (0, 0, 8, 4), 0x2590: (4, 0, 8, 8), 0x2594: (0, 0, 8, 1), 0x2595: (7, 0, 8, 8)}
SHADES = {0x2591: 64, 0x2592: 128, 0x2593: 191}
CORNERS = ((0, 0), (4, 0), (0, 4), (4, 4))
# The corners of U+2596 and what follows, upper left, upper right, lower left, lower right.
QUADRANTS = (0b0010, 0b0001, 0b1000, 0b1011, 0b1001, 0b1110, 0b1101, 0b0100, 0b0110, 0b0111)


def _block(pen: ImageDraw.ImageDraw, code: int) -> None:
    across, down = WIDTH // 8, HEIGHT // 8
    boxes = []
    shade = 255
    if code in SHADES:
        boxes, shade = [(0, 0, 8, 8)], SHADES[code]
    elif code >= 0x2596:
        drawn = QUADRANTS[code - 0x2596]
        boxes = [(x, y, x + 4, y + 4) for bit, (x, y) in enumerate(CORNERS) if drawn >> (3 - bit) & 1]
    else:
        boxes = [(LOWER | LEFT | PARTS)[code]]
    for left, top, right, bottom in boxes:
        pen.rectangle((left * across, top * down, right * across - 1, bottom * down - 1), shade)
