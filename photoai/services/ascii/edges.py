"""Contours drawn with strokes; what lies between them has faint tones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .cells import Bytes, Floats
from .grid import Grid
from .ramp import Chooser
from .tones import means

STRONG = 0.08  # the slope, as a share of all tones a part, from which there is a contour
FIRM = 0.5  # by how much stronger full steadiness takes one that was there
TURN = 0.5  # of the way to the next stroke, by which full steadiness keeps one
CLEAR = 0.35  # 1: all slopes of a cell have one direction; 0: none prevails
LOW = 2.2  # parts from a cell's top, below which a level stroke stands at its foot
LEVEL, FOOT = 2, 4  # places in `STROKES`
# To the next cell up the slope, by the slope's direction: columns and rows.
NEXT = ((1, 0), (1, 1), (0, 1), (-1, 1))


class Edges:
    """`fill` chooses where there is no contour; `strokes` are the places of `STROKES` in the
    charset."""

    across, down = 2, 4

    def __init__(self, grid: Grid, fill: Chooser, strokes: Bytes, steadiness: float) -> None:
        self._grid, self._fill, self._strokes = grid, fill, strokes
        self._steadiness = steadiness
        self._before: tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]] | None = None

    def choose(self, tones: Bytes) -> Bytes:
        across, down = _slopes(tones.astype(np.float32) / 255)
        xx, yy, xy = (self._sums(each) for each in (across**2, down**2, across * down))
        strength = np.sqrt((xx + yy) / (self.across * self.down))
        prevails = np.hypot(xx - yy, 2 * xy) / (xx + yy + np.float32(1e-6))
        # The slope's direction, of which there are four: a stroke stands across it.
        turns = np.arctan2(2 * xy, xx - yy) / (np.pi / 2)
        sectors = np.rint(turns).astype(np.intp) % len(NEXT)
        if self._before is not None:
            there, sector = self._before
            strength = strength * (1 + there * np.float32(FIRM * self._steadiness))
            away = np.abs((turns - sector + 2) % len(NEXT) - 2)
            sectors = np.where(there & (away < (1 + TURN * self._steadiness) / 2), sector, sectors)
        contour = (strength > STRONG) & (prevails > CLEAR) & _ridges(strength, sectors)
        self._before = contour, sectors
        parts = np.arange(len(tones), dtype=np.float32)[:, None] % self.down
        low = self._sums(down**2 * parts) > LOW * yy
        strokes = np.where((sectors == LEVEL) & low, FOOT, sectors)
        return np.where(
            contour, self._strokes[strokes], self._fill.choose(means(tones, self.across, self.down))
        )

    def forget(self) -> None:
        self._before = None
        self._fill.forget()

    def _sums(self, parts: Floats) -> Floats:
        lines = np.add.reduceat(parts, np.arange(0, len(parts), self.down), 0)
        sums: Floats = lines.reshape(self._grid.rows, self._grid.columns, self.across).sum(2)
        return sums


def _slopes(light: Floats) -> tuple[Floats, Floats]:
    """Sobel's, to the right and down."""
    framed = np.pad(light, 1, mode="edge")
    smooth_down = framed[:-2] + 2 * framed[1:-1] + framed[2:]
    smooth_across = framed[:, :-2] + 2 * framed[:, 1:-1] + framed[:, 2:]
    return (
        (smooth_down[:, 2:] - smooth_down[:, :-2]) / 8,
        (smooth_across[2:] - smooth_across[:-2]) / 8,
    )


def _ridges(strength: Floats, sectors: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Where neither neighbour across the contour is stronger."""
    rows, columns = strength.shape
    framed = np.pad(strength, 1)
    ridges = np.zeros(strength.shape, np.bool_)
    for sector, (x, y) in enumerate(NEXT):
        ahead = framed[1 + y : 1 + y + rows, 1 + x : 1 + x + columns]
        behind = framed[1 - y : 1 - y + rows, 1 - x : 1 - x + columns]
        ridges |= (sectors == sector) & (strength >= ahead) & (strength > behind)
    return ridges
