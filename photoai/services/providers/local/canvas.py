"""Pictures as arrays: opened, brought to a size, laid over each other, encoded again.

An array of pixels is (height, width, 3) uint8 sRGB, a mask (height, width) uint8 with 255 where
all counts. At 24 megapixels a float copy of a picture is 288 MB: whatever needs fractions works
in `strips`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from photoai.services.photos import Output, PhotoLimits, Picture, decode, encode, fit

# One photo takes one core: several jobs run side by side, and the server itself needs air.
cv2.setNumThreads(1)

Pixels: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[Any]

# What comes here was measured at the door; this only bounds what a mistake can cost.
LIMITS = PhotoLimits(max_bytes=200_000_000)
STRIP_ROWS = 256


@dataclass(frozen=True)
class Sheet:
    """A picture to work on; `alpha` is None where everything is opaque."""

    rgb: Pixels
    alpha: Mask | None = None

    def encoded(self, output: Output) -> bytes:
        """As the booth wants it; what is transparent becomes white in a JPEG."""
        if self.alpha is None:
            return encode(Image.fromarray(self.rgb), output.mime, output.quality)
        image = Image.fromarray(np.dstack([self.rgb, self.alpha]))
        return encode(image, output.mime, output.quality)


def opened(picture: Picture) -> Image.Image:
    """The picture as RGB, or as RGBA where some of it really is transparent."""
    image = decode(picture.data, LIMITS)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


def sheet_of(image: Image.Image) -> Sheet:
    array = np.array(image)
    if array.shape[2] == 3:
        return Sheet(array)
    return Sheet(np.ascontiguousarray(array[..., :3]), np.ascontiguousarray(array[..., 3]))


def cut_and_scaled(
    image: Image.Image, box: tuple[float, float, float, float], width: int, height: int
) -> Image.Image:
    """What is inside `box`, resampled to `width` × `height` (Pillow weighs colours by alpha)."""
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)


def guest_sheet(picture: Picture, output: Output) -> Sheet:
    """The guest's photo, filling what the booth must get."""
    return sheet_of(fit(opened(picture), output.width, output.height))


def bounded(pixels: Pixels, longest: int) -> Pixels:
    """The same picture with no side over `longest` pixels."""
    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    scale = longest / max(height, width)
    return resized(pixels, max(1, round(width * scale)), max(1, round(height * scale)))


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """Averaged on the way down, cubic on the way up."""
    if pixels.shape[:2] == (height, width):
        return pixels
    smaller = width * height < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(pixels, (width, height), interpolation=method)


def like(pixels: Pixels, example: Pixels) -> Pixels:
    """`pixels` in the size of `example`."""
    return resized(pixels, example.shape[1], example.shape[0])


def strips(pixels: Pixels) -> Iterator[slice]:
    """Slices of rows, from the top to the bottom."""
    for top in range(0, pixels.shape[0], STRIP_ROWS):
        yield slice(top, min(top + STRIP_ROWS, pixels.shape[0]))


def lay_over(base: Pixels, layer: Pixels, alpha: Mask) -> None:
    """Put `layer` onto `base`, in place, as far as `alpha` lets it; all are of one size."""
    for rows in strips(base):
        if not alpha[rows].any():
            continue
        share = alpha[rows, :, None].astype(np.float32) / 255
        under = base[rows].astype(np.float32)
        under += (layer[rows] - under) * share
        base[rows] = np.rint(under)


def with_change(pixels: Pixels, before: Pixels, after: Pixels) -> Pixels:
    """`pixels` changed as its small copy changed from `before` to `after`.

    Only the difference is scaled up, so the large picture keeps its own fine detail.
    """
    lighter = like(cv2.subtract(after, before), pixels)
    lighter = cv2.add(pixels, lighter)
    return cv2.subtract(lighter, like(cv2.subtract(before, after), pixels))
