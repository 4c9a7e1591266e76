"""What lies on top of a combined picture: a frame, a banner or a logo."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .canvas import Pixels, cut_and_scaled, lay_over, sheet_of

FRAME_TOLERANCE = 0.2  # how far a frame's shape may be off the canvas's and still be stretched
STICKER_SHARE = 0.3
STICKER_MARGIN = 0.03


def lay_overlay(canvas: Pixels, overlay: Image.Image, opaque_too: bool) -> str:
    """Put the overlay onto the canvas, in place; what it was taken for.

    * `frame`: it has transparency and the canvas's shape (within 20 %): it covers the canvas.
    * `banner`: it has transparency and another shape: it keeps it, spans the canvas's width (or
      height) and stands at the bottom, in the middle.
    * `sticker`: it has no transparency and would hide everybody: it becomes a small picture in
      the lower right corner, within 30 % of the canvas's sides.
    * `left out`: it has no transparency and the caller wants no sticker.
    """
    if overlay.mode != "RGBA":
        if not opaque_too:
            return "left out"
        _lay_sticker(canvas, overlay)
        return "sticker"
    height, width = canvas.shape[:2]
    shape = (overlay.width / overlay.height) / (width / height)
    if abs(np.log(shape)) <= np.log(1 + FRAME_TOLERANCE):
        _lay(canvas, overlay, 0, 0, width, height)
        return "frame"
    wide, high = _contained(overlay, width, height)
    _lay(canvas, overlay, (width - wide) // 2, height - high, wide, high)
    return "banner"


def _lay_sticker(canvas: Pixels, overlay: Image.Image) -> None:
    height, width = canvas.shape[:2]
    wide, high = _contained(overlay, width * STICKER_SHARE, height * STICKER_SHARE)
    margin = round(min(width, height) * STICKER_MARGIN)
    left, top = max(0, width - wide - margin), max(0, height - high - margin)
    _lay(canvas, overlay, left, top, wide, high)


def _contained(image: Image.Image, width: float, height: float) -> tuple[int, int]:
    """The largest size of the image's shape that fits."""
    factor = min(width / image.width, height / image.height)
    return max(1, round(image.width * factor)), max(1, round(image.height * factor))


def _lay(canvas: Pixels, image: Image.Image, left: int, top: int, width: int, height: int) -> None:
    sheet = sheet_of(cut_and_scaled(image, (0, 0, image.width, image.height), width, height))
    region = canvas[top : top + height, left : left + width]
    if sheet.alpha is None:
        region[:] = sheet.rgb
    else:
        lay_over(region, sheet.rgb, sheet.alpha)
