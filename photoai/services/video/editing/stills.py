"""Pictures that do not move, made ready to be laid over a video."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from photoai.errors import PhotoDamaged, PhotoTypeNotTaken

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
Size = tuple[int, int]


def still(path: Path, mime: str, out: Path, size: Callable[[Size], Size]) -> Size:
    """Write a picture's pixels to `out`, red, green, blue and alpha, eight bits each: upright, as
    large as `size(own)` says. How large that is.

    Raises:
        PhotoDamaged, PhotoTypeNotTaken
        whatever `size` raises.
    """
    if mime not in FORMATS:
        raise PhotoTypeNotTaken
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its pixels were counted when it was uploaded
            with Image.open(path, formats=[FORMATS[mime]]) as image:
                upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PhotoDamaged from error
    wanted = size(upright.size)
    if wanted != upright.size:
        upright = upright.resize(wanted, Image.Resampling.LANCZOS)
    out.write_bytes(upright.tobytes())
    return wanted
