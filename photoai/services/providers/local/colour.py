"""Curves for single channels, and the light of one picture given to another.

A curve is 256 uint8 values: what each of the 8-bit levels becomes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from .canvas import Mask, Pixels, bounded, sheet_of

LEVELS = np.arange(256, dtype=np.float32) / 255
STATISTICS_SIDE_PX = 256
FLAT = 1.0  # a deviation, in 8-bit levels, below which a channel has nothing to be stretched


def curve(levels: Pixels) -> Pixels:
    """A curve from 256 fractions."""
    return np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)


def gamma(exponent: float) -> Pixels:
    """A curve that keeps black and white; below 1 it brightens, above 1 it darkens."""
    return curve(LEVELS**exponent)


def contrast(amount: float) -> Pixels:
    """An S curve: at 0 nothing changes, at 1 it is the smooth step 3x² − 2x³."""
    return curve(LEVELS + amount * (LEVELS * LEVELS * (3 - 2 * LEVELS) - LEVELS))


def through(pixels: Pixels, *curves: Pixels) -> Pixels:
    """Each channel through its curve."""
    return cv2.LUT(pixels, np.stack(curves, axis=-1)[None])


@dataclass(frozen=True)
class Light:
    """Mean and deviation of L, a and b, in the 8-bit levels OpenCV gives them."""

    mean: Pixels
    deviation: Pixels


def light_of(rgb: Pixels, mask: Mask | None = None) -> Light:
    """Measured in Lab on `rgb`, where `mask` (if any) is at least half."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float32)
    if mask is not None and (chosen := mask.reshape(-1) > 127).any():
        lab = lab[chosen]
    return Light(lab.mean(axis=0), lab.std(axis=0))


def light_of_image(image: Image.Image) -> Light:
    """Measured on a small copy; what is transparent does not count."""
    copy = image.copy()
    copy.thumbnail((STATISTICS_SIDE_PX, STATISTICS_SIDE_PX))
    sheet = sheet_of(copy)
    return light_of(sheet.rgb, sheet.alpha)


@dataclass(frozen=True)
class Gains:
    """How far a deviation may be stretched, so that skin stays skin."""

    lowest: float
    highest: float


def relit(rgb: Pixels, own: Light, wanted: Light, strength: float, gains: Gains) -> Pixels:
    """Colour transfer: every channel of Lab moves to the wanted mean and deviation.

    Reinhard, Ashikhmin, Gooch, Shirley: "Color Transfer between Images", IEEE CG&A 21(5), 2001;
    here in CIE Lab instead of lαβ. As it is affine in each channel it is three curves. `strength`
    0 changes nothing, 1 is the whole way.
    """
    if strength <= 0:
        return rgb
    spread = np.where(own.deviation < FLAT, 1.0, wanted.deviation / np.maximum(own.deviation, FLAT))
    gain = np.clip(spread, gains.lowest, gains.highest)
    levels = np.arange(256, dtype=np.float32)[:, None]
    moved = (levels - own.mean) * gain + wanted.mean
    mixed = np.rint(np.clip(levels + (moved - levels) * strength, 0, 255)).astype(np.uint8)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    lab = cv2.LUT(lab, np.ascontiguousarray(mixed)[None], dst=lab)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB, dst=lab)


def small(rgb: Pixels) -> Pixels:
    """A copy just large enough to measure on."""
    return bounded(rgb, STATISTICS_SIDE_PX)
