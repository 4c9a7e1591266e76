"""The values photos are described by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
# What becomes of a picture of another shape: cut, or whole with a border of its own blur or of a
# colour.
CROP, PAD, BLUR = "crop", "pad", "blur"


@dataclass(frozen=True)
class PhotoLimits:
    """What is taken: types, and at most so many bytes and pixels summed over the frames."""

    max_bytes: int
    max_pixels: int = 50_000_000
    types: Collection[str] = (JPEG, PNG, WEBP, HEIC)


@dataclass(frozen=True)
class PhotoFacts:
    """What a file's header says. `width` and `height` are in pixels, already turned upright.

    `plain` is a JPEG whose very pixels can be used: upright, 8-bit RGB or grey, in sRGB. `dpi` is
    how large it says it is to be printed, None when it does not.
    """

    mime: str
    width: int
    height: int
    size_bytes: int = 0
    plain: bool = False
    dpi: int | None = None


@dataclass(frozen=True)
class Picture:
    """An encoded image: upright, sRGB, without metadata.

    `data` is the whole file, `mime` what its bytes say, `width` and `height` are in pixels.
    """

    data: bytes
    mime: str
    width: int
    height: int


@dataclass(frozen=True)
class Output:
    """What the booth must get: its size in pixels, its type and its `quality` (1–100).

    A picture of another shape is made to `fit` (crop, pad), with a `border` (blur, `#rrggbb`);
    `dpi` is written into the file.
    """

    mime: str
    quality: int
    width: int
    height: int
    fit: str = CROP
    border: str = BLUR
    dpi: int | None = None
