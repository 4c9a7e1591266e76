"""From cells to pictures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .atlas import Strips, strips_of
from .cells import Bytes, Cells, Color
from .grid import Grid
from .look import Look, rgb_of

# BT.709 in limited range: how much of R, G and B, 0 to 255, is in Y, U and V, and what is added.
YUV = np.array(
    (
        (0.182586, 0.614231, 0.062007),
        (-0.100644, -0.338572, 0.439216),
        (0.439216, -0.398942, -0.040274),
    )
)
OFFSET = np.array((16.0, 128.0, 128.0))
FULL = 255
Numbers = npt.NDArray[Any]
Tinted = tuple[Strips, ...]


class Press:
    """Draws the cells of a look in its grid's size. It keeps the tables of the colour it drew with
    last."""

    def __init__(self, look: Look, grid: Grid) -> None:
        self._grid = grid
        self._ground = np.array(rgb_of(look.bg_color))
        size = (grid.columns, grid.rows)
        width, height = grid.out_width, grid.out_height
        self._fine = strips_of(look.characters, *size, width, height)
        # Colours have half the pixels both ways; one that two cells share is one cell's.
        self._coarse = strips_of(look.characters, *size, width // 2, height // 2)
        self._planes: tuple[Color, Tinted] | None = None
        self._channels: tuple[Color, Tinted] | None = None

    def yuv(self, cells: Cells) -> memoryview:
        """Planar 4:2:0 of BT.709 in limited range: the bytes of Y, then those of U and of V."""
        width, height = self._grid.out_width, self._grid.out_height
        whole = np.empty(width * height * 3 // 2, np.uint8)
        light, blue, red = np.split(whole, (width * height, width * height * 5 // 4))
        planes = (
            light.reshape(height, width),
            blue.reshape(height // 2, width // 2),
            red.reshape(height // 2, width // 2),
        )
        if cells.colors is None:
            for plane, strips in zip(planes, self._in_yuv(cells.ink), strict=True):
                for top, bottom, strip in _strips(strips, cells.glyphs):
                    plane[top:bottom] = strip
        else:
            self._mix_planes(planes, cells, _yuv(cells.colors))
        return whole.data

    def rgb(self, cells: Cells) -> Bytes:
        """`[height, width, 3]`."""
        drawn = np.empty((self._grid.out_height, self._grid.out_width, 3), np.uint8)
        if cells.colors is None:
            for channel, strips in enumerate(self._in_rgb(cells.ink)):
                for top, bottom, strip in _strips(strips, cells.glyphs):
                    drawn[top:bottom, :, channel] = strip
            return drawn
        for row, (top, bottom, strip) in enumerate(_strips(self._fine, cells.glyphs)):
            for channel, ground in enumerate(self._ground.tolist()):
                inks = cells.colors[row, :, channel]
                drawn[top:bottom, :, channel] = self._mix(self._fine, strip, inks, ground)
        return drawn

    def rgba(self, cells: Cells) -> Bytes:
        """`[height, width, 4]`: ink alone, as opaque as it covers; the ground is not there."""
        drawn = np.empty((self._grid.out_height, self._grid.out_width, 4), np.uint8)
        drawn[..., 3] = self.shares(cells)
        if cells.colors is None:
            drawn[..., :3] = cells.ink
            return drawn
        widths, heights = np.diff(self._fine.lefts), np.diff(self._fine.tops)
        drawn[..., :3] = np.repeat(np.repeat(cells.colors, widths, 1), heights, 0)
        return drawn

    def shares(self, cells: Cells) -> Bytes:
        """How much of each pixel is ink, 0 to 255: `[height, width]`."""
        drawn = np.empty((self._grid.out_height, self._grid.out_width), np.uint8)
        for top, bottom, strip in _strips(self._fine, cells.glyphs):
            drawn[top:bottom] = strip
        return drawn

    def _in_yuv(self, ink: Color) -> Tinted:
        if self._planes is None or self._planes[0] != ink:
            tables = _mixed(_yuv(self._ground, exact=True), _yuv(np.array(ink), exact=True)).T
            self._planes = ink, _tinted((self._fine, self._coarse, self._coarse), tables)
        return self._planes[1]

    def _in_rgb(self, ink: Color) -> Tinted:
        if self._channels is None or self._channels[0] != ink:
            tables = _mixed(self._ground, np.array(ink)).T
            self._channels = ink, _tinted((self._fine,) * 3, tables)
        return self._channels[1]

    def _mix_planes(self, planes: tuple[Bytes, ...], cells: Cells, inks: Bytes) -> None:
        light, *colors = planes
        grounds = _yuv(self._ground).tolist()
        for row, (top, bottom, strip) in enumerate(_strips(self._fine, cells.glyphs)):
            light[top:bottom] = self._mix(self._fine, strip, inks[row, :, 0], grounds[0])
        for row, (top, bottom, strip) in enumerate(_strips(self._coarse, cells.glyphs)):
            for which, plane in enumerate(colors, 1):
                mixed = self._mix(self._coarse, strip, inks[row, :, which], grounds[which])
                plane[top:bottom] = mixed

    def _mix(self, strips: Strips, shares: Bytes, inks: Bytes, ground: int) -> Bytes:
        """Between the ground and each cell's ink. What leaves 16 bits on the way comes back: the
        sum is below 65,536."""
        ahead = inks.astype(np.uint16) - np.uint16(ground)
        line = np.repeat(ahead, np.diff(strips.lefts))
        mixed = np.multiply(shares, line, dtype=np.uint16)
        mixed += np.uint16(FULL * ground + FULL)
        return mixed.view(np.uint8)[:, 1::2]


def _strips(strips: Strips, glyphs: Bytes) -> Iterator[tuple[int, int, Bytes]]:
    tops = strips.tops.tolist()
    for row, (top, bottom) in enumerate(pairwise(tops)):
        yield top, bottom, strips.strip(row, glyphs[row])


def _tinted(sources: Tinted, tables: Numbers) -> Tinted:
    return tuple(strips.tinted(table) for strips, table in zip(sources, tables, strict=True))


def _mixed(ground: Numbers, ink: Numbers) -> Bytes:
    """All that lies between two colours, `[256, channels]`."""
    share = np.arange(FULL + 1)[:, None] / FULL
    return np.rint(ground + (ink - ground) * share).astype(np.uint8)


def _yuv(rgb: Numbers, *, exact: bool = False) -> Numbers:
    converted = rgb.astype(np.float32) @ YUV.T.astype(np.float32) + OFFSET.astype(np.float32)
    return converted if exact else np.rint(converted).astype(np.uint8)
