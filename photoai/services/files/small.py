"""Pictures among people's files, small enough for a list."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

from photoai.errors import PhotoDamaged

from .pictures import FORMATS

QUALITY = 70
BEHIND = (32, 25, 66)  # what is seen where a picture is not


def small_picture(file: BinaryIO, mime: str, side_px: int) -> bytes:
    """An upright JPEG of the first picture of a file whose pixels were counted when it came, no
    side over `side_px`. Raises PhotoDamaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=[FORMATS[mime]]) as image:
                image.draft("RGB", (side_px, side_px))
                image.thumbnail((2 * side_px, 2 * side_px))
                upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PhotoDamaged from error
    upright.thumbnail((side_px, side_px))
    whole = Image.new("RGB", upright.size, BEHIND)
    whole.paste(upright, mask=upright)
    made = io.BytesIO()
    whole.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()
