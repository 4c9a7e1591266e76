"""From pixels to tones, 0 dark to 255 light."""

from __future__ import annotations

import numpy as np

from .cells import Bytes
from .look import Look

# Of red, green and blue in 256ths: BT.709.
LUMA = np.array((54, 183, 19), np.uint16)

# By the strongest of a colour's three parts: what takes it three quarters of the way to the full.
LIFT = (255 / np.maximum(np.arange(256), 24)).astype(np.float32) ** np.float32(0.75)


def tone_table(look: Look) -> Bytes:
    """The tone of each grey, `[256]`: brightness multiplies, contrast turns about the middle,
    gamma lightens (above 1) or darkens (below) what lies between black and white."""
    grey = np.arange(256) / 255
    turned = (grey * look.brightness - 0.5) * look.contrast + 0.5
    return np.rint(np.clip(turned, 0, 1) ** (1 / look.gamma) * 255).astype(np.uint8)


def luma(rgb: Bytes) -> Bytes:
    """`[height, width, 3]` to `[height, width]`."""
    weighed = sum(rgb[..., part] * weight for part, weight in enumerate(LUMA))
    return (weighed >> 8).astype(np.uint8)


def means(parts: Bytes, across: int, down: int) -> Bytes:
    """Of each cell, `[rows, columns, …]`; a sum of its parts must be below 65,536."""
    lines = parts[::down].astype(np.uint16)
    for line in range(1, down):
        lines += parts[line::down]
    sums = lines[:, ::across].copy()
    for column in range(1, across):
        sums += lines[:, column::across]
    return (sums // np.uint16(across * down)).astype(np.uint8)


def vivid(rgb: Bytes) -> Bytes:
    """Colours as ink: lighter, for of a cell only a part is inked, and how much of it says already
    how light it is."""
    return np.minimum(rgb * LIFT[rgb.max(-1, keepdims=True)], 255).astype(np.uint8)
