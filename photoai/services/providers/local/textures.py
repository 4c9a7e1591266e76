"""Looks that change fine detail: skin, sharpness, local contrast, flat colours."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Mask, Pixels, bounded, like, strips, with_change

WORK_SIDE_PX = 1400


def soft_skin(rgb: Pixels) -> Pixels:
    """Blemishes and shadows on skin fade; pores, eyes, hair and clothes keep their detail.

    The smoothing is done on a small copy, so what is finer than its pixels survives.
    """
    copy = bounded(rgb, WORK_SIDE_PX)
    smooth = copy
    for _ in range(3):
        smooth = cv2.bilateralFilter(smooth, 9, 22, max(copy.shape) / 250)
    share = (_skin(copy) * _calm(copy) * np.float32(0.8 / 255))[..., None]
    mixed = np.rint(copy + (smooth.astype(np.float32) - copy) * share).astype(np.uint8)
    return with_change(rgb, copy, mixed)


def _skin(rgb: Pixels) -> Mask:
    """Where the chroma is that of skin, of any complexion.

    Chai, Ngan: "Face segmentation using skin-color map", IEEE TCSVT 9(4), 1999.
    """
    chroma = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    skin = cv2.inRange(chroma, (40, 133, 77), (255, 178, 130))
    return cv2.GaussianBlur(skin, (0, 0), max(rgb.shape) / 250)


def _calm(rgb: Pixels) -> Pixels:
    """1 where there is hardly any texture, 0 in hair, which may have the colour of skin."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    reach = max(1.0, max(rgb.shape) / 500)
    unrest = cv2.absdiff(grey, cv2.GaussianBlur(grey, (0, 0), reach)).astype(np.float32)
    return np.clip(2 - cv2.GaussianBlur(unrest, (0, 0), reach * 3) / 4, 0, 1)


def sharpen(rgb: Pixels) -> Pixels:
    """An unsharp mask as wide as the picture is large."""
    radius = max(0.8, max(rgb.shape) / 2200)
    return cv2.addWeighted(rgb, 1.9, cv2.GaussianBlur(rgb, (0, 0), radius), -0.9, 0)


def clarity(rgb: Pixels) -> Pixels:
    """The look of HDR: local contrast up, deep shadows opened, bright lights held.

    Lightness is split into a base and its detail by the fast guided filter (He, Sun: "Fast Guided
    Filter", arXiv 1505.00996, 2015), which leaves no halos around strong edges.
    """
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    lightness = np.ascontiguousarray(lab[..., 0])
    slope, offset = _guide(bounded(lightness, 800))
    slope, offset = like(slope, lightness), like(offset, lightness)
    for rows in strips(lightness):
        light = lightness[rows].astype(np.float32)
        base = light * (slope[rows].astype(np.float32) / 65535) + offset[rows] / np.float32(256)
        detail = light - base
        opened = base + 0.22 * (128 - base) * (1 - np.abs(base - 128) / 160)
        lab[rows, :, 0] = np.rint(np.clip(opened + 1.9 * detail, 0, 255))
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB, dst=lab)


def _guide(light: Pixels) -> tuple[Pixels, Pixels]:
    """Slope (65535 is 1) and offset (256 is one level) of the base; 16 bits are half a float."""
    size = (max(3, max(light.shape) // 12 | 1),) * 2
    levels = light.astype(np.float32)
    mean = cv2.blur(levels, size)
    variance = np.maximum(cv2.blur(levels * levels, size) - mean * mean, 0)
    slope = variance / (variance + 30.0**2)
    offset = np.clip(cv2.blur(mean * (1 - slope), size), 0, 255)
    return (cv2.blur(slope, size) * 65535).astype(np.uint16), (offset * 256).astype(np.uint16)


def posterise(rgb: Pixels) -> Pixels:
    """Flat areas in six tones, as from a silk screen; the colours stay themselves."""
    smooth = bounded(rgb, WORK_SIDE_PX)
    for _ in range(3):
        smooth = cv2.bilateralFilter(smooth, 7, 45, 5)
    lab = cv2.cvtColor(like(smooth, rgb), cv2.COLOR_RGB2LAB)
    levels = np.arange(256)
    light = np.rint(np.rint(levels / 255 * 5) / 5 * 255)
    colour = 128 + (levels - 128) * 1.3
    steps = np.clip(np.stack([light, colour, colour], axis=-1), 0, 255).astype(np.uint8)
    return cv2.cvtColor(cv2.LUT(lab, steps[None]), cv2.COLOR_LAB2RGB)
