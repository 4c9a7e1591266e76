"""The glyphs: how much of a cell a character covers, and where.

Letters are those of a font, a fourth higher than it draws them: so they fill the cell, and pictures
are lighter. Blocks, dots and braille are drawn here, to the cell's very edges and evenly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .cells import Bytes
from .typeface import ADVANCE_EM, BLOCKS, BRAILLE, WEIGHT, font_path

WIDTH, HEIGHT = 64, 128
STRETCH = 1.25
BASELINE = 98
SCRAP = 192  # above and below the baseline, in which a letter surely fits
# Radii of the dots, each lighter than the one before by the same.
DOTS = {"·": 15.5, "∙": 22.0, "•": 27.0, "●": 31.0}
BRAILLE_DOT = 13.0
BRAILLE_PLACES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
# Blocks in eighths of the cell: left, top, right, bottom.
LOWER = {0x2581 + count: (0, 7 - count, 8, 8) for count in range(8)}
LEFT = {0x2589 + count: (0, 0, 7 - count, 8) for count in range(7)}
SIDES = {0x2580: (0, 0, 8, 4), 0x2590: (4, 0, 8, 8), 0x2594: (0, 0, 8, 1), 0x2595: (7, 0, 8, 8)}
SHADES = {0x2591: 64, 0x2592: 128, 0x2593: 191}
CORNERS = ((0, 0), (4, 0), (0, 4), (4, 4))
# Which corners U+2596 and those behind it fill.
QUADRANTS = ((2,), (3,), (0,), (0, 2, 3), (0, 3), (0, 1, 2), (0, 1, 3), (1,), (1, 2), (1, 2, 3))


@lru_cache(4096)
def master(character: str) -> Bytes:
    """Coverage, 0 to 255, in a large cell: `[128, 64]`."""
    code = ord(character)
    picture = Image.new("L", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(picture)
    if code in BLOCKS:
        _draw_block(pen, code)
    elif character in DOTS:
        pen.circle(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), DOTS[character], 255)
    elif code in BRAILLE:
        _draw_braille(pen, code - BRAILLE.start)
    else:
        picture = _letter(character)
    return np.asarray(picture)


def coverage(character: str, width: int, height: int) -> Bytes:
    """The same in a cell of this size, which may be nothing."""
    if not width * height:
        return np.zeros((height, width), np.uint8)
    whole = Image.fromarray(master(character))
    return np.asarray(whole.resize((width, height), Image.Resampling.BOX))


@lru_cache
def _font() -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(
        str(font_path()), WIDTH / ADVANCE_EM, layout_engine=ImageFont.Layout.BASIC
    )
    font.set_variation_by_axes([WEIGHT])
    return font


def _letter(character: str) -> Image.Image:
    """What would stand out of the cell is pressed into it."""
    scrap = Image.new("L", (WIDTH, 2 * SCRAP))
    ImageDraw.Draw(scrap).text((0, SCRAP), character, 255, _font(), "ls")
    drawn = scrap.getbbox()
    letter = Image.new("L", (WIDTH, HEIGHT))
    if drawn is None:
        return letter
    _, above, _, below = drawn
    top = max(0, round(BASELINE + (above - SCRAP) * STRETCH))
    bottom = min(HEIGHT, round(BASELINE + (below - SCRAP) * STRETCH))
    body = scrap.crop((0, above, WIDTH, below)).resize((WIDTH, bottom - top))
    letter.paste(body, (0, top))
    return letter


def _draw_braille(pen: ImageDraw.ImageDraw, dots: int) -> None:
    pitch = WIDTH / 2
    for bit, (column, row) in enumerate(BRAILLE_PLACES):
        if dots >> bit & 1:
            middle = (column * pitch + (pitch - 1) / 2, row * pitch + (pitch - 1) / 2)
            pen.circle(middle, BRAILLE_DOT, 255)


def _draw_block(pen: ImageDraw.ImageDraw, code: int) -> None:
    across, down = WIDTH // 8, HEIGHT // 8
    boxes = [(LOWER | LEFT | SIDES).get(code, (0, 0, 8, 8))]
    if code >= 0x2596:
        corners = (CORNERS[corner] for corner in QUADRANTS[code - 0x2596])
        boxes = [(left, top, left + 4, top + 4) for left, top in corners]
    for left, top, right, bottom in boxes:
        box = (left * across, top * down, right * across - 1, bottom * down - 1)
        pen.rectangle(box, SHADES.get(code, 255))
