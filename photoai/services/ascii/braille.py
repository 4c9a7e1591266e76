"""Eight dots a cell."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from .cells import Bytes
from .dither import diffused, thresholds
from .grid import Grid
from .ramp import Held

# Unicode's numbers of the dots, by their place.
BITS = np.array(((1, 8), (2, 16), (4, 32), (64, 128)), np.uint8)
NEAR = 6  # dots around one that it is compared with
LOCAL = 0.5  # of the threshold, the rest is the middle of all greys
MIDDLE = 128
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
        columns = dots[:, ::2] | dots[:, 1::2] << 3  # the upper three of each half are in a row
        a, b, c, d = (columns[row :: self.down] for row in range(self.down))
        lowest = (d & 1) << 6 | (d & 8) << 4
        return a | b << 1 | c << 2 | lowest

    def forget(self) -> None:
        self._held.forget()
        self._before = None

    def _above(self, tones: Bytes) -> Bytes:
        if self._dither == "ordered":
            needed = self._order
        else:
            around = np.asarray(Image.fromarray(tones).filter(ImageFilter.BoxBlur(NEAR)))
            needed = (around * np.float32(LOCAL) + np.float32(MIDDLE * (1 - LOCAL))).astype(np.int16)
        if self._before is not None:
            slack = round(SLACK * self._steadiness)
            needed = needed + (1 - 2 * self._before.astype(np.int16)) * slack
        dots = (tones > needed).astype(np.uint8)
        self._before = dots
        return dots
