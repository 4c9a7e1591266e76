"""The emulator's pictures: the guest's photo with its greens inverted, in a documented size."""

from __future__ import annotations

import io
from functools import lru_cache

import pillow_heif
from PIL import Image, ImageOps

# Pixels at 1K, from the table of the image generation guide.
RATIOS = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (864, 1184),
    "4:3": (1184, 864),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1344),
    "16:9": (1344, 768),
    "21:9": (1536, 672),
}
SCALES = {"512": 0.5, "1K": 1, "2K": 2, "4K": 4}
# The first bytes of a file and where they stand.
MAGIC = {
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/webp": (8, b"WEBP"),
    "image/heic": (4, b"ftyp"),
    "image/heif": (4, b"ftyp"),
}
# Fast rather than small: tests wait for it.
OPTIONS: dict[str, dict[str, int]] = {
    "png": {"compress_level": 1},
    "jpeg": {"quality": 90},
    "webp": {"quality": 80, "method": 0},
}
pillow_heif.register_heif_opener()


def is_a(mime: str, data: bytes) -> bool:
    """Whether the bytes begin as a file of that type does."""
    at, magic = MAGIC.get(mime, (0, b"no such type"))
    return data[at : at + len(magic)] == magic


def pixels(photo: bytes, ratio: str | None, size: str) -> tuple[int, int]:
    """Width and height of the answer; without a ratio the one nearest to the photo's."""
    width, height = RATIOS[ratio or nearest_ratio(photo)]
    return round(width * SCALES[size]), round(height * SCALES[size])


def nearest_ratio(photo: bytes) -> str:
    """Raises `OSError` for bytes that are no image."""
    if not photo:
        return "1:1"
    width, height = ImageOps.exif_transpose(Image.open(io.BytesIO(photo))).size
    return min(RATIOS, key=lambda ratio: _distance(width / height, *RATIOS[ratio]))


def _distance(shape: float, width: int, height: int) -> float:
    return max(shape * height / width, width / height / shape)


def of_megapixels(size: tuple[int, int], megapixels: float) -> tuple[int, int]:
    """The same shape with another area."""
    scale = (megapixels * 1e6 / (size[0] * size[1])) ** 0.5
    return round(size[0] * scale), round(size[1] * scale)


@lru_cache(maxsize=16)
def painted(photo: bytes, size: tuple[int, int], kind: str) -> bytes:
    """The photo (none: grey) in another size and shape; `kind` is png, jpeg or webp.

    Raises `OSError` for bytes that are no image.
    """
    source = Image.open(io.BytesIO(photo)) if photo else Image.new("RGB", size, "grey")
    file = io.BytesIO()
    image = ImageOps.fit(ImageOps.exif_transpose(source).convert("RGB"), size)
    greens_inverted(image).save(file, kind, **OPTIONS[kind])
    return file.getvalue()


def greens_inverted(image: Image.Image) -> Image.Image:
    red, green, blue = image.convert("RGB").split()
    return Image.merge("RGB", (red, ImageOps.invert(green), blue))
