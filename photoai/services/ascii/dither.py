"""How the tones that lie between two characters are spread over both."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from .cells import Bytes

TONES = 256
LIGHTEST = TONES - 1
BAYER_SIDE = 8


def thresholds(height: int, width: int) -> npt.NDArray[np.int16]:
    """Bayer's order of 8 by 8, repeated: 2 to 254, each as often as any other."""
    order = np.zeros((1, 1), np.int16)
    while len(order) < BAYER_SIDE:
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    times = (-(-height // BAYER_SIDE), -(-width // BAYER_SIDE))
    tiled: npt.NDArray[np.int16] = np.tile(order * 4 + 2, times)[:height, :width]
    return tiled


def diffused(tones: Bytes, count: int) -> Bytes:
    """Floyd's and Steinberg's: each place takes the nearest of `count` levels, those around it make
    up for what it lacks. The mean stays."""
    levels = Image.fromarray(tones).convert("RGB").quantize(palette=_palette(count))
    return np.minimum(np.asarray(levels), np.uint8(count - 1))


@lru_cache
def _palette(count: int) -> Image.Image:
    palette = Image.new("P", (1, 1))
    greys = np.rint(np.linspace(0, LIGHTEST, count)).astype(np.uint8)
    # Its places are 256 in any case: those behind the last level are that level, too.
    padded = np.pad(greys, (0, TONES - count), mode="edge")
    palette.putpalette(np.repeat(padded, 3).tobytes())
    return palette
