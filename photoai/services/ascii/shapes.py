"""Characters chosen by their shape: the one that covers its cell most like the picture does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .cells import Bytes, Floats
from .font import coverage
from .grid import Grid
from .ramp import Chooser
from .tones import means

LIGHTEST = 255
# Products larger than this many multiplications numpy computes in threads that wait for each other,
# while the processors have other work.
ALONE = 1 << 18
DETAIL = 0.6  # how much where the ink is counts, beside how much ink there is
FLAT = 0.1  # the deviation within a cell below which tone alone decides


class Shapes:
    """Compares 4 by 8 parts of a cell; `flat` chooses where a cell has no shape. A cell keeps its
    character until another one is nearer by what `steadiness` of half a step of tone would make.
    `negative` draws what is dark."""

    across, down = 4, 8

    def __init__(
        self,
        characters: str,
        grid: Grid,
        steadiness: float,
        flat: Chooser,
        places: Bytes,
        *,
        negative: bool = False,
    ) -> None:
        self._grid, self._flat, self._places, self._negative = grid, flat, places, negative
        drawn = np.stack([coverage(each, self.across, self.down).ravel() for each in characters])
        shapes = drawn.astype(np.float32) / LIGHTEST
        tones = np.unique(shapes.mean(1).round(2))
        self._lightest = float(tones.max())
        self._shapes = _weighed(shapes)
        self._halves = (self._shapes**2).sum(1) / 2
        step = self._lightest / max(1, len(tones) - 1)
        self._margin = steadiness * (step / 2) ** 2 * shapes.shape[1] / 2
        self._steadiness = steadiness
        self._before: tuple[npt.NDArray[np.bool_], Bytes] | None = None

    def choose(self, tones: Bytes) -> Bytes:
        rows, columns = self._grid.rows, self._grid.columns
        shape = (rows, self.down, columns, self.across)
        parts = tones.reshape(shape).transpose(0, 2, 1, 3).reshape(rows * columns, -1)
        flat = means(tones, self.across, self.down)
        chosen = self._places[self._flat.choose(flat)].ravel()
        wanted = parts.astype(np.float32)
        variance = np.einsum("cp,cp->c", wanted, wanted) / wanted.shape[1]
        variance -= flat.ravel().astype(np.float32) ** 2
        if self._before is not None:
            variance *= 1 + self._before[0] * np.float32(self._steadiness)
        is_shaped = variance > (FLAT * LIGHTEST) ** 2
        shaped = np.flatnonzero(is_shaped)
        wanted = wanted[shaped]
        if self._negative:
            wanted = LIGHTEST - wanted
        wanted = _weighed(wanted * np.float32(self._lightest / LIGHTEST))
        likeness = self._compared(wanted)
        if self._before is not None:
            likeness[np.arange(len(shaped)), self._before[1][shaped]] += self._margin
        chosen[shaped] = likeness.argmax(1)
        self._before = is_shaped, chosen
        return chosen.reshape(rows, columns)

    def _compared(self, wanted: Floats) -> Floats:
        """With each character: the more, the more alike, `[cells, characters]`."""
        likeness = np.empty((len(wanted), len(self._shapes)), np.float32)
        pace = max(1, ALONE // self._shapes.size)
        for start in range(0, len(wanted), pace):
            some = slice(start, start + pace)
            np.matmul(wanted[some], self._shapes.T, out=likeness[some])
        likeness -= self._halves
        return likeness

    def forget(self) -> None:
        self._flat.forget()
        self._before = None


def _weighed(parts: Floats) -> Floats:
    middle = parts.mean(1, keepdims=True)
    weighed: Floats = middle + (parts - middle) * np.float32(DETAIL)
    return weighed
