"""Looks that draw the photo anew: pencil, oil, comic."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Mask, Pixels, bounded, like
from .colour import LEVELS, curve
from .tones import with_saturation

PAINT_SIDE_PX = 1600
LINE_SIDE_PX = 2400
DIRECTIONS = 8


def pencil(rgb: Pixels) -> Pixels:
    """Graphite on white paper: grey divided by its own blur keeps only what changes."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    side = max(rgb.shape)
    if side > LINE_SIDE_PX:  # the sensor's noise is not worth drawing
        grey = cv2.GaussianBlur(grey, (0, 0), side / LINE_SIDE_PX * 0.6)
    grey = cv2.LUT(grey, curve(0.14 + 0.86 * LEVELS))  # or the noise of black would be drawn
    around = like(cv2.GaussianBlur(bounded(grey, 800), (0, 0), 7), grey)
    lines = cv2.LUT(cv2.divide(grey, around, scale=255), curve(LEVELS**2.4))
    shade = cv2.LUT(grey, curve(0.52 + 0.62 * LEVELS))
    drawing = cv2.multiply(lines, shade, scale=1 / 255)
    return cv2.cvtColor(drawing, cv2.COLOR_GRAY2RGB)


def oil(rgb: Pixels) -> Pixels:
    """Brush strokes that follow the edges.

    Papari, Petkov, Campisi: "Artistic Edge and Corner Enhancing Smoothing", IEEE TIP 16(10),
    2007: of eight neighbourhoods around a point the calmest colour it most. The neighbourhoods
    are one blur, looked at from eight sides.
    """
    copy = bounded(rgb, PAINT_SIDE_PX)
    radius = max(1.5, max(copy.shape) / 320)
    levels = with_saturation(copy, 0.3).astype(np.float32)
    mean = cv2.GaussianBlur(levels, (0, 0), radius * 0.5)
    square = cv2.GaussianBlur((levels * levels).sum(axis=2), (0, 0), radius * 0.5)
    unrest = np.maximum(square - (mean * mean).sum(axis=2), 0) + 6
    total = np.zeros_like(levels)
    weight = np.zeros_like(unrest)
    for angle in np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS:
        shift = np.array([[1, 0, radius * np.cos(angle)], [0, 1, radius * np.sin(angle)]])
        share = 1 / _moved(unrest, shift) ** 4
        total += _moved(mean, shift) * share[..., None]
        weight += share
    paint = np.clip(total / weight[..., None], 0, 255).astype(np.uint8)
    return _crisp(like(paint, rgb), max(rgb.shape) / max(copy.shape))


def _moved(values: Pixels, shift: Pixels) -> Pixels:
    size = (values.shape[1], values.shape[0])
    return cv2.warpAffine(values, shift, size, borderMode=cv2.BORDER_REPLICATE)


def _crisp(paint: Pixels, enlarged: float) -> Pixels:
    """Strokes with an edge, however far they were enlarged."""
    blur = cv2.GaussianBlur(paint, (0, 0), 1.2 * max(1.0, enlarged))
    return cv2.addWeighted(paint, 1.7, blur, -0.7, 0)


def comic(rgb: Pixels) -> Pixels:
    """Flat colours inside dark lines.

    Winnemöller, Olsen, Gooch: "Real-Time Video Abstraction", ACM TOG 25(3), 2006, with the lines
    of Winnemöller, Kyprianidis, Olsen: "XDoG", Computers & Graphics 36(6), 2012.
    """
    flat = bounded(rgb, 1000)
    for _ in range(5):
        flat = cv2.bilateralFilter(flat, 7, 32, 5)
    lab = cv2.cvtColor(flat, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.LUT(np.ascontiguousarray(lab[..., 0]), _soft_steps(9))
    colours = with_saturation(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0.55)
    lines = like(_lines(bounded(rgb, LINE_SIDE_PX)), rgb)
    return cv2.multiply(like(colours, rgb), cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB), scale=1 / 255)


def _soft_steps(count: int) -> Pixels:
    """A staircase whose edges are rounded, so that gradients do not flicker."""
    at = LEVELS * count
    nearest = np.rint(at)
    return curve((nearest + np.tanh((at - nearest) * 5) / 2) / count)


def _lines(rgb: Pixels) -> Mask:
    """255 is paper, 0 is ink."""
    grey: Pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.bilateralFilter(grey, 5, 18, 3)
    fine = max(0.8, max(rgb.shape) / 1100)
    edge = cv2.GaussianBlur(grey, (0, 0), fine) - 0.985 * cv2.GaussianBlur(grey, (0, 0), fine * 1.6)
    ink = 1 + np.tanh(np.minimum(edge + 0.6, 0) * 0.55)
    return np.rint(ink * 255).astype(np.uint8)
