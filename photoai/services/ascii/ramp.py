"""Characters chosen by tone alone."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from .cells import Bytes

TONES = 256


class Chooser(Protocol):
    """Chooses a cell's character: a place in the charset, `[rows, columns]`, from tones of
    `across` by `down` a cell. It remembers the frame before."""

    across: int
    down: int

    def choose(self, tones: Bytes) -> Bytes: ...

    def forget(self) -> None: ...


class Ramp:
    """`count` characters, dark to light, each for as many tones as any other. A cell keeps its
    character until its tone is `steadiness` of a half step beyond where it would change."""

    across = down = 1

    def __init__(self, count: int, steadiness: float) -> None:
        self._fresh = np.arange(TONES) * count // TONES
        self._next = _hysteresis(self._fresh, count, steadiness)
        self._steady = steadiness > 0
        self._before: npt.NDArray[np.intp] | None = None

    def choose(self, tones: Bytes) -> Bytes:
        if self._before is None:
            chosen = self._fresh[tones]
        else:
            chosen = self._next[self._before + tones]
        if self._steady:
            self._before = chosen * TONES
        return chosen.astype(np.uint8)

    def forget(self) -> None:
        self._before = None


def _hysteresis(
    fresh: npt.NDArray[np.intp], count: int, steadiness: float
) -> npt.NDArray[np.intp]:
    """What follows a character at a tone: at `character * 256 + tone`."""
    tone = np.arange(TONES)
    step = TONES / count
    character = np.arange(count)[:, None]
    margin = steadiness * step / 2
    kept = (tone >= character * step - margin) & (tone < (character + 1) * step + margin)
    following: npt.NDArray[np.intp] = np.where(kept, character, fresh).ravel()
    return following
