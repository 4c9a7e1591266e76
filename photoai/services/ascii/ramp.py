"""Characters chosen by tone alone."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from .cells import Bytes
from .dither import diffused, thresholds
from .grid import Grid
from .look import Look

TONES = 256
LIGHTEST = 255
STEP = 256  # the tones of a character, in the finer measure of levels
Levels = npt.NDArray[np.int32]


class Chooser(Protocol):
    """Chooses the characters of a frame: places in the charset, `[rows, columns]`, from tones,
    `across` by `down` a cell. It remembers the frame before."""

    across: int
    down: int

    def choose(self, tones: Bytes) -> Bytes: ...

    def forget(self) -> None: ...


def ramp_of(look: Look, grid: Grid, count: int) -> Chooser:
    """Of `count` characters, dark to light."""
    if look.dither == "diffusion":
        return DiffusedRamp(count, look.steadiness)
    return Ramp(count, look.steadiness, grid if look.dither == "ordered" else None)


class Ramp:
    """Each character has as many tones as any other. In an `ordered` grid the first has black
    alone and the last has white, and for what lies between two the place decides, too.

    A cell keeps its character until its tone is `steadiness` of half a step beyond it."""

    across = down = 1

    def __init__(self, count: int, steadiness: float, ordered: Grid | None = None) -> None:
        tones = np.arange(TONES, dtype=np.int32)
        self._levels: Levels = tones * count
        self._offsets: npt.NDArray[np.int16] | None = None
        if ordered is not None:
            self._levels = tones * (count - 1) * STEP // LIGHTEST
            self._offsets = thresholds(ordered.rows, ordered.columns)
        self._margin = round(steadiness * STEP / 2)
        self._before: Levels | None = None  # where the level of each cell's character begins

    def choose(self, tones: Bytes) -> Bytes:
        levels = self._levels[tones]
        if self._offsets is not None:
            levels += self._offsets
        begins = levels & -STEP
        if self._before is not None:
            beyond = levels - self._before
            left = (beyond < -self._margin) | (beyond >= STEP + self._margin)
            begins = np.where(left, begins, self._before)
        if self._margin:
            self._before = begins
        return (begins >> 8).astype(np.uint8)

    def forget(self) -> None:
        self._before = None


class DiffusedRamp:
    """What a character lacks of its cell's tone is spread over the cells around it. A cell keeps
    its character while its tone stays within `steadiness` of half a step."""

    across = down = 1

    def __init__(self, count: int, steadiness: float) -> None:
        self._count = count
        self._held = Held(steadiness * LIGHTEST / (count - 1) / 2)

    def choose(self, tones: Bytes) -> Bytes:
        return self._held(diffused(tones, self._count), tones)

    def forget(self) -> None:
        self._held.forget()


class Held:
    """Values that stay until the tone they were made of is more than `margin` away."""

    def __init__(self, margin: float) -> None:
        self._margin = int(margin)
        self._before: tuple[Bytes, Bytes] | None = None

    def __call__(self, values: Bytes, tones: Bytes) -> Bytes:
        if not self._margin:
            return values
        if self._before is not None:
            value, tone = self._before
            moved = np.maximum(tones, tone) - np.minimum(tones, tone) > self._margin
            values, tones = np.where(moved, values, value), np.where(moved, tones, tone)
        self._before = values, tones
        return values

    def forget(self) -> None:
        self._before = None
