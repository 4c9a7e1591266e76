"""Joining two pictures so that no seam shows."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Mask, Pixels, like, resized, with_change

# The correction is smooth, so it is solved on a small copy and scaled up: the time does not
# depend on the size of the photo.
LONGEST_SIDE_PX = 640
SMALLEST_PATCH_PX = 8
MARGIN_PX = 3
HALF_WAY = 0.55  # of the way to the innermost point: from here on the layer's light is held


def lit_like(base: Pixels, layer: Pixels, mask: Mask, hold: float) -> Pixels:
    """`layer` with its light drawn to that of `base` along the edge of `mask`.

    Pérez, Gangnet, Blake: "Poisson Image Editing", ACM TOG 22(3), 2003. The whole correction would
    tint a face with whatever stands at the edge; `hold` (0 to 1) is the share of it that is given
    up on the way to the middle of the mask. All arrays are of one size. A mask too small to have an
    inside leaves the layer as it is.
    """
    height, width = base.shape[:2]
    scale = min(1.0, LONGEST_SIDE_PX / max(height, width))
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    under, above = resized(base, wide, high), resized(layer, wide, high)
    inside = (resized(mask, wide, high) > 8).astype(np.uint8) * 255
    _, _, inside_wide, inside_high = cv2.boundingRect(inside)
    if min(inside_wide, inside_high) < SMALLEST_PATCH_PX:
        return layer
    cloned = _cloned(under, above, inside)
    return with_change(layer, above, _held(above, cloned, inside, hold))


def _cloned(base: Pixels, layer: Pixels, inside: Mask) -> Pixels:
    """Poisson cloning in place. A border of the base's own edge pixels lets a mask reach the rim,
    where OpenCV by itself reads outside of the picture.
    """
    rim = (MARGIN_PX,) * 4
    wide_base = cv2.copyMakeBorder(base, *rim, cv2.BORDER_REPLICATE)
    wide_layer = cv2.copyMakeBorder(layer, *rim, cv2.BORDER_REPLICATE)
    wide_mask = cv2.copyMakeBorder(inside, *rim, cv2.BORDER_CONSTANT, value=(0,))
    x, y, width, height = cv2.boundingRect(wide_mask)
    middle = (x + width // 2, y + height // 2)
    cloned = cv2.seamlessClone(wide_layer, wide_base, wide_mask, middle, cv2.NORMAL_CLONE)
    return cloned[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]


def _held(layer: Pixels, cloned: Pixels, inside: Mask, hold: float) -> Pixels:
    """Between the clone at the mask's edge and, by `hold`, the layer in its middle."""
    rimmed = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    depth = cv2.distanceTransform(rimmed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = np.minimum(depth / max(float(depth.max()) * HALF_WAY, 1.0), 1)
    depth = depth * depth * (3 - 2 * depth)
    share = np.where(inside > 0, 1 - hold * depth, 0)[..., None]
    return np.clip(np.rint(layer + (cloned.astype(np.float32) - layer) * share), 0, 255).astype(
        np.uint8
    )


def feathered(
    size: tuple[int, int], edge_px: float, corner: tuple[int, int], shape: tuple[int, ...]
) -> Mask:
    """A mask that rises smoothly from 0 at the sides of a rectangle to 255 `edge_px` further in.

    `size` is the whole rectangle's (width, height); the mask is the part of it that starts at
    `corner` (x, y) and has `shape` (height, width).
    """
    across = _ramp(size[0], edge_px, corner[0], shape[1])
    down = _ramp(size[1], edge_px, corner[1], shape[0])
    return np.outer(down, across).astype(np.uint8)


def _ramp(length: int, edge_px: float, start: int, count: int) -> Pixels:
    """0 at both ends of `length`, the root of 255 between; `count` values from `start` on."""
    middle = np.arange(start, start + count, dtype=np.float32) + 0.5
    nearest = np.clip(np.minimum(middle, length - middle) / max(edge_px, 0.5), 0, 1)
    return nearest * nearest * (3 - 2 * nearest) * np.float32(255**0.5 + 1e-4)


def ellipse(shape: tuple[int, ...], middle: Pixels, axes: Pixels, degrees: float) -> Mask:
    """A soft-edged ellipse: `middle` and half `axes` in pixels, clockwise `degrees`."""
    height, width = shape[:2]
    scale = min(1.0, LONGEST_SIDE_PX / max(height, width))
    mask = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    at = (float(middle[0]) * scale, float(middle[1]) * scale)
    size = (2 * float(axes[0]) * scale, 2 * float(axes[1]) * scale)
    cv2.ellipse(mask, (at, size, degrees), 255, -1)
    soft = max(0.6, 0.11 * min(size))
    return like(cv2.GaussianBlur(mask, (0, 0), soft), np.empty((height, width)))
