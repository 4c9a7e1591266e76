"""Eight dots a cell."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from .cells import Bytes
from .dither import diffused, thresholds
from .grid import Grid
from .ramp import Held

NEAR = 6  # dots around one that it is compared with
# A dot's threshold, by the mean around it: halfway between that and the middle of all greys.
LOCAL = ((np.arange(256) + 128) // 2).astype(np.int16)
SLACK = 24  # tones either way that full steadiness keeps a dot for


class Braille:
    """Without dithering a dot stands where the picture is lighter than a mean of what is around it
    and of all greys: so light and dark parts alike have their details."""

    across, down = 2, 4

    def __init__(self, grid: Grid, dither: str, steadiness: float) -> None:
        self._grid, self._dither, self._steadiness = grid, dither, steadiness
        self._order = thresholds(grid.rows * self.down, grid.columns * self.across)
        self._held = Held(SLACK * steadiness)
        self._before: Bytes | None = None

    def choose(self, tones: Bytes) -> Bytes:
        if self._dither == "diffusion":
            dots = self._held(diffused(tones, 2), tones)
        else:
            dots = self._above(tones)
        sides = dots[:, ::2] | dots[:, 1::2] << 3  # Unicode counts the upper six dots by columns
        first, second, third, last = (sides[row :: self.down] for row in range(self.down))
        upper = first | second << 1 | third << 2
        return np.asarray(upper | (last & 1) << 6 | (last & 8) << 4, np.uint8)

    def forget(self) -> None:
        self._held.forget()
        self._before = None

    def _above(self, tones: Bytes) -> Bytes:
        if self._dither == "ordered":
            needed = self._order
        else:
            around = np.asarray(Image.fromarray(tones).filter(ImageFilter.BoxBlur(NEAR)))
            needed = LOCAL[around]
        if self._before is not None:
            slack = round(SLACK * self._steadiness)
            needed = needed + (1 - 2 * self._before.astype(np.int16)) * slack
        dots = (tones > needed).astype(np.uint8)
        self._before = dots
        return dots
