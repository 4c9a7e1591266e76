"""What a picture is: its header and its first frame, decoded within a limit of pixels."""

from __future__ import annotations

import warnings
from typing import Any, BinaryIO

from PIL import Image

from photoai.errors import PhotoDamaged, PhotoTooManyPixels

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}


def picture_facts(file: BinaryIO, mime: str, max_pixels: int) -> dict[str, Any]:
    """Raises PhotoDamaged, PhotoTooManyPixels"""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit is checked before anything is decoded
            image = Image.open(file, formats=[FORMATS[mime]])
        _check(image.width, image.height, max_pixels)
        image.load()
    except Image.DecompressionBombError:
        raise PhotoTooManyPixels from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PhotoDamaged from error
    return {
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "animated": bool(getattr(image, "is_animated", False)),
    }


def _check(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        about = {"width": width, "height": height, "max_pixels": max_pixels}
        raise PhotoTooManyPixels(details=about)
