"""From frames to cells."""

from __future__ import annotations

import colorsys
import random

import numpy as np

from .cells import Bytes, Cells, Color
from .choosing import chooser_of
from .grid import Grid
from .look import Look, Sample, rgb_of
from .tones import luma, means, tone_table, vivid


class Artist:
    """Makes cells of frames that were scaled to its `sample`, in their order: a cell is steadied
    by what it was before. `charset` is what the cells' glyphs are places in."""

    def __init__(self, look: Look, grid: Grid) -> None:
        self.look, self.grid, self.charset = look, grid, look.characters
        self._chooser = chooser_of(look, grid)
        across, down = self._chooser.across, self._chooser.down
        kind = "rgb24" if look.color == "true" else "gray"
        self.sample = Sample(grid.columns * across, grid.rows * down, kind)
        self._shape = (self.sample.height, self.sample.width)
        self._table = tone_table(look)
        self._codes = np.array([ord(each) for each in self.charset], np.uint32)
        self._ink = rgb_of(look.text_color)
        self._number = 0

    def cells(self, frame: Bytes) -> Cells:
        """Of the next frame, in any shape that holds the sample's bytes."""
        number, self._number = self._number, self._number + 1
        if self.look.color == "true":
            pixels = frame.reshape(*self._shape, 3)
            glyphs = self._chooser.choose(self._table[luma(pixels)])
            return Cells(glyphs, self._ink, vivid(self._colors(pixels)))
        glyphs = self._chooser.choose(self._table[frame.reshape(self._shape)])
        ink = self._ink if self.look.color == "mono" else wandering(self.look.seed, number)
        return Cells(glyphs, ink)

    def forget(self) -> None:
        """What comes next does not follow what came before."""
        self._chooser.forget()

    def text(self, cells: Cells) -> str:
        """One line per row, each of `columns` characters and its end."""
        lines = np.full((self.grid.rows, self.grid.columns + 1), ord("\n"), np.uint32)
        lines[:, :-1] = self._codes[cells.glyphs]
        return lines.tobytes().decode("utf-32-le")

    def _colors(self, pixels: Bytes) -> Bytes:
        across, down = self._chooser.across, self._chooser.down
        return pixels if across * down == 1 else means(pixels, across, down)


def wandering(seed: int, number: int) -> Color:
    """The random colour of a frame. It wanders: neighbours are near each other, for a screen that
    flashes is hard to look at and for some people dangerous."""
    stride = 24
    start, share = divmod(number, stride)
    hue, following = (random.Random(f"{seed}:{each}").random() for each in (start, start + 1))  # noqa: S311
    turn = (following - hue + 0.5) % 1 - 0.5
    red, green, blue = colorsys.hls_to_rgb((hue + turn * share / stride) % 1, 0.6, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)
