"""Characters chosen by their shape: the one that covers its cell most like the picture does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .cells import Bytes
from .font import coverage
from .grid import Grid
from .ramp import Chooser

LIGHTEST = 255
DETAIL = 0.6  # how much where the ink is counts, beside how much ink there is
FLAT = 0.1  # the deviation within a cell below which tone alone decides
Floats = npt.NDArray[np.float32]


class Shapes:
    """Compares 4 by 8 parts of a cell; `flat` chooses where a cell has no shape. A cell keeps its
    character until another one is nearer by what `steadiness` of half a step of tone would make."""

    across, down = 4, 8

    def __init__(
        self, characters: str, grid: Grid, steadiness: float, flat: Chooser, places: Bytes
    ) -> None:
        self._grid, self._flat, self._places = grid, flat, places
        drawn = np.stack([coverage(each, self.across, self.down).ravel() for each in characters])
        shapes = drawn.astype(np.float32) / LIGHTEST
        means = np.unique(shapes.mean(1).round(2))
        self._lightest = float(means.max())
        self._shapes = _weighed(shapes)
        self._halves = (self._shapes**2).sum(1) / 2
        step = self._lightest / max(1, len(means) - 1)
        self._margin = steadiness * (step / 2) ** 2 * shapes.shape[1] / 2
        self._before: npt.NDArray[np.intp] | None = None

    def choose(self, tones: Bytes) -> Bytes:
        rows, columns = self._grid.rows, self._grid.columns
        parts = tones.reshape(rows, self.down, columns, self.across).transpose(0, 2, 1, 3)
        wanted = parts.reshape(rows * columns, -1) * np.float32(1 / LIGHTEST)
        flat = self._flat.choose(parts.mean((2, 3)).astype(np.uint8)).ravel()
        likeness = _weighed(wanted * np.float32(self._lightest)) @ self._shapes.T - self._halves
        if self._before is not None and self._margin:
            likeness[np.arange(len(likeness)), self._before] += self._margin
        self._before = likeness.argmax(1)
        chosen = np.where(wanted.std(1) < FLAT, self._places[flat], self._before)
        return chosen.astype(np.uint8).reshape(rows, columns)

    def forget(self) -> None:
        self._flat.forget()
        self._before = None


def _weighed(parts: Floats) -> Floats:
    means = parts.mean(1, keepdims=True)
    weighed: Floats = means + (parts - means) * np.float32(DETAIL)
    return weighed
