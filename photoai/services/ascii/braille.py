"""Eight dots a cell."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from .cells import Bytes
from .grid import Grid

# Unicode's numbers of the dots, by their place.
BITS = np.array(((1, 8), (2, 16), (4, 32), (64, 128)), np.uint8)
NEAR = 6
LOCAL = 0.6
MIDDLE = 128


class Braille:
    """A dot stands where the picture is lighter than a mean of what is around it and of all
    greys."""

    across, down = 2, 4

    def __init__(self, grid: Grid, dither: str, steadiness: float) -> None:
        self._grid, self._dither, self._steadiness = grid, dither, steadiness

    def choose(self, tones: Bytes) -> Bytes:
        around = np.asarray(Image.fromarray(tones).filter(ImageFilter.BoxBlur(NEAR)))
        dots = tones > around * LOCAL + MIDDLE * (1 - LOCAL)
        parts = dots.reshape(self._grid.rows, self.down, self._grid.columns, self.across)
        return np.einsum("rdca,da->rc", parts.astype(np.uint8), BITS)

    def forget(self) -> None:
        pass
