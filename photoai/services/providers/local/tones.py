"""Looks that change light and colour, point by point."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Pixels, strips
from .colour import LEVELS, contrast, curve, gamma, small, through

GREY_NORM = 6
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def automatic(rgb: Pixels) -> Pixels:
    """Gentle white balance, levels and exposure, measured on a small copy."""
    sample = small(rgb).reshape(-1, 3).astype(np.float32) / 255
    gains = _white_balance(sample)
    luma = np.clip(sample * gains, 0, 1) @ LUMA
    black, white = np.percentile(luma, [0.5, 99.5])
    black, white = min(float(black), 0.08), max(float(white), 0.85)
    middle = (float(np.median(luma)) - black) / (white - black)
    exposure = np.clip(np.log(0.45) / np.log(np.clip(middle, 0.05, 0.95)), 0.8, 1.12)
    return through(
        rgb,
        *(
            curve(np.clip((LEVELS * gain - black) / (white - black), 0, 1) ** exposure)
            for gain in gains
        ),
    )


def _white_balance(sample: Pixels) -> Pixels:
    """Half of what shades of grey asks for, 3 % at most: evening light stays evening light.

    Finlayson, Trezzi: "Shades of Gray and Colour Constancy", CIC 12, 2004 (Minkowski norm 6).
    """
    light = np.maximum((sample**GREY_NORM).mean(axis=0) ** (1 / GREY_NORM), 1e-3)
    # green stays: the eye forgives a warm or a cold picture, never a green or a pink face
    return np.clip(np.sqrt(light[1] / light), [0.97, 1, 0.97], [1.03, 1, 1.03])


def black_and_white(rgb: Pixels) -> Pixels:
    grey = cv2.LUT(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), contrast(0.25))
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)


def sepia(rgb: Pixels) -> Pixels:
    """Grey on toned paper: each channel has a bend of its own, black and white stay clean."""
    grey = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    paper = (1.0, 0.95, 0.83)
    bends = (0.80, 1.0, 1.28)
    curves = (curve(LEVELS**bend * tint) for bend, tint in zip(bends, paper, strict=True))
    return through(grey, *curves)


def vivid(rgb: Pixels) -> Pixels:
    """More colour where there is little, less where there is enough; a little more contrast."""
    return with_saturation(through(rgb, *[contrast(0.2)] * 3), 0.6)


def with_saturation(rgb: Pixels, amount: float) -> Pixels:
    """Colours move from grey by up to `amount`, the paler the further; below 0 they fade."""
    result = np.empty_like(rgb)
    for rows in strips(rgb):
        part = rgb[rows].astype(np.float32)
        luma = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)[..., None]
        gain = 1 + amount * _paleness(part)[..., None] if amount > 0 else 1 + amount
        part -= luma
        part *= gain
        part += luma
        np.rint(np.clip(part, 0, 255, out=part), out=part)
        result[rows] = part
    return result


def _paleness(rgb: Pixels) -> Pixels:
    """1 for greys, 0 for the purest colours."""
    red, green, blue = cv2.split(rgb)
    purity = cv2.max(red, cv2.max(green, blue)) - cv2.min(red, cv2.min(green, blue))
    return 1 - purity / np.float32(255)


def warm(rgb: Pixels) -> Pixels:
    return through(rgb, gamma(0.86), gamma(0.98), gamma(1.18))


def cool(rgb: Pixels) -> Pixels:
    return through(rgb, gamma(1.14), gamma(1.0), gamma(0.85))


def brighten(rgb: Pixels) -> Pixels:
    return through(rgb, *[gamma(0.75)] * 3)


def darken(rgb: Pixels) -> Pixels:
    return through(rgb, *[gamma(1.35)] * 3)


def more_contrast(rgb: Pixels) -> Pixels:
    return through(rgb, *[contrast(0.6)] * 3)


def vintage(rgb: Pixels) -> Pixels:
    """An old print: lifted blacks, dimmed whites, teal shadows, cream lights, paler colours."""
    faded = with_saturation(rgb, -0.3)
    soft = contrast(0.25).astype(np.float32) / 255
    return through(
        faded,
        curve(0.09 + soft * 0.87),
        curve(0.10 + soft * 0.82),
        curve(0.15 + soft * 0.66),
    )


def vignette(rgb: Pixels) -> Pixels:
    """The corners lose 60 % of their light, the middle half of the picture none."""
    height, width = rgb.shape[:2]
    across = ((np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1) ** 2
    down = ((np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1) ** 2
    result = np.empty_like(rgb)
    for rows in strips(rgb):
        far = np.sqrt((down[rows, None] + across[None]) / 2)  # 0 in the middle, 1 in a corner
        dark = np.clip((far - 0.4) / 0.6, 0, 1)
        light = 1 - 0.6 * dark * dark * (3 - 2 * dark)
        result[rows] = np.rint(rgb[rows] * light[..., None])
    return result
