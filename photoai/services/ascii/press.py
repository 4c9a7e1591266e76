"""From cells to pictures."""

from __future__ import annotations

import numpy as np

from .cells import Bytes, Cells
from .font import coverage
from .grid import Grid
from .look import Look, rgb_of

# From R, G and B, 0 to 255, to Y, U and V of BT.709 in limited range, and what is added.
YUV = np.array(
    ((0.18259, 0.61423, 0.06201), (-0.10064, -0.33857, 0.43922), (0.43922, -0.39894, -0.04027))
)
OFFSET = np.array((16.0, 128.0, 128.0))


class Press:
    """Draws cells in the grid's size."""

    def __init__(self, look: Look, grid: Grid) -> None:
        self._look, self._grid = look, grid
        self._ground = np.array(rgb_of(look.bg_color), np.float32)
        width, height = -(-grid.out_width // grid.columns), -(-grid.out_height // grid.rows)
        self._atlas = np.stack([coverage(each, width, height) for each in look.characters])
        x, y = np.arange(grid.out_width), np.arange(grid.out_height)
        self._column = x * grid.columns // grid.out_width
        self._row = y * grid.rows // grid.out_height
        self._x = x - -(-self._column * grid.out_width // grid.columns)
        self._y = y - -(-self._row * grid.out_height // grid.rows)

    def yuv(self, cells: Cells) -> memoryview:
        """Planar 4:2:0 of BT.709 in limited range: the bytes of Y, then those of U and of V."""
        planes = self.rgb(cells).astype(np.float32) @ YUV.T.astype(np.float32) + OFFSET
        halved = planes.reshape(planes.shape[0] // 2, 2, -1, 2, 3).mean((1, 3))
        parts = (planes[..., 0], halved[..., 1], halved[..., 2])
        whole = np.concatenate([np.rint(part).astype(np.uint8).ravel() for part in parts])
        return whole.data

    def rgb(self, cells: Cells) -> Bytes:
        """`[height, width, 3]`."""
        ink = self._inks(cells).astype(np.float32)
        share = self._shares(cells)[..., None].astype(np.float32) / 255
        return np.rint(self._ground + (ink - self._ground) * share).astype(np.uint8)

    def rgba(self, cells: Cells) -> Bytes:
        """`[height, width, 4]`: the ground lets through what is behind."""
        drawn = np.empty((self._grid.out_height, self._grid.out_width, 4), np.uint8)
        drawn[..., :3] = self._inks(cells)
        drawn[..., 3] = self._shares(cells)
        return drawn

    def _shares(self, cells: Cells) -> Bytes:
        glyphs = cells.glyphs[self._row][:, self._column]
        return self._atlas[glyphs, self._y[:, None], self._x]

    def _inks(self, cells: Cells) -> Bytes:
        if cells.colors is None:
            return np.array(cells.ink, np.uint8)
        return cells.colors[self._row][:, self._column]
