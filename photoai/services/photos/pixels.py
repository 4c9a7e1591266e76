"""Pixels: any photo that is taken becomes upright 8-bit sRGB, and back into a file."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from PIL import Image, ImageCms, ImageFile, ImageOps

from photoai.errors import PhotoDamaged

from .headers import HEAD_BYTES, SAMPLE, check_limits, opened, orientation, sniff
from .picture import JPEG, PNG, WEBP, PhotoLimits

SIXTEEN_BIT_GREY = {"I;16", "I;16B", "I;16L", "I;16N", "I"}
# From here on JPEG keeps colour at full resolution.
FULL_CHROMA_FROM = 90
EIGHTH = 8
LARGE_PX = 1_000_000
WHITE = (255, 255, 255)


def decode(data: bytes, limits: PhotoLimits, enough_px: int | None = None) -> Image.Image:
    """The photo's pixels, upright: RGB, or RGBA where it has transparency; 8 bits, sRGB.

    With `enough_px` a large JPEG is decoded at a half, a quarter or an eighth of its size, as long
    as its longer side keeps that many pixels: that costs as much less.

    Raises:
        PhotoDamaged: it is cut off or corrupt.
        PhotoaiError: whatever `inspect` raises.
    """
    file = io.BytesIO(data)
    with opened(file, sniff(data[:HEAD_BYTES])) as image:
        check_limits(image, limits)
        turned = orientation(image)
        if enough_px is not None:
            image.draft(None, output_size(*image.size, enough_px))
        return _upright(_srgb(_loaded(image)), turned)


def check_pixels(image: ImageFile.ImageFile) -> None:
    """Decode a JPEG, or a sample that tells as much, at an eighth of the resolution.

    Raises:
        PhotoDamaged: the pixels cannot be decoded.
    """
    with _decoding():
        if sample := image.info.get(SAMPLE):
            image = Image.open(io.BytesIO(sample), formats=["JPEG"])
        width, height = image.size
        image.draft(None, (width // EIGHTH or 1, height // EIGHTH or 1))
        image.load()


def encode(image: Image.Image, mime: str, quality: int, dpi: int | None = None) -> bytes:
    """The file of an RGB or RGBA image, without metadata but its density; `quality` from 1 to
    100."""
    if image.width * image.height > LARGE_PX:
        # Pillow lets other threads run while it writes a real file, and only then.
        with suppress(OSError), tempfile.TemporaryFile() as file:
            return _written(image, file, mime, quality, dpi)
    return _written(image, io.BytesIO(), mime, quality, dpi)


def _written(image: Image.Image, file: BinaryIO, mime: str, quality: int, dpi: int | None) -> bytes:
    density = {"dpi": (dpi, dpi)} if dpi else {}
    if mime == JPEG:
        subsampling = "4:4:4" if quality >= FULL_CHROMA_FROM else "4:2:0"
        _flat(image).save(file, "JPEG", quality=quality, subsampling=subsampling, **density)
    elif mime == PNG:
        image.save(file, "PNG", compress_level=3, **density)
    elif mime == WEBP:
        image.save(file, "WEBP", quality=quality, method=2)
    else:
        raise ValueError(f"Photos are not written as {mime}.")
    file.seek(0)
    return file.read()


def fit(image: Image.Image, width: int, height: int) -> Image.Image:
    """Cover `width` × `height` pixels: the middle of the picture at their aspect, resized."""
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)


def shrink(image: Image.Image, max_side_px: int | None) -> Image.Image:
    """At most `max_side_px` on the longer side; never enlarged."""
    width, height = output_size(*image.size, max_side_px)
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def output_size(width: int, height: int, max_side_px: int | None) -> tuple[int, int]:
    """The answer's size in pixels: the guest's, scaled down where the longer side is too long."""
    longer = max(width, height)
    if max_side_px is None or longer <= max_side_px:
        return width, height
    scale = max_side_px / longer
    return max(1, round(width * scale)), max(1, round(height * scale))


def _loaded(image: ImageFile.ImageFile) -> Image.Image:
    with _decoding():
        image.load()
    return image


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise PhotoDamaged from error


def _upright(image: Image.Image, turned: int) -> Image.Image:
    operation = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(turned)
    return image.transpose(operation) if operation is not None else image


def _srgb(image: Image.Image) -> Image.Image:
    """8-bit RGB or RGBA in sRGB, through the embedded profile where there is a usable one."""
    mode = "RGBA" if _transparent(image) else "RGB"
    profile = image.info.get("icc_profile")
    if image.mode in SIXTEEN_BIT_GREY:
        image = _eight_bit(image)
    elif image.mode in {"P", "PA", "1", "LA", "La", "RGBa"}:
        image = image.convert(mode)
    if profile and (managed := _through_profile(image, profile, mode)):
        return _clean(managed)
    return _clean(image if image.mode == mode else image.convert(mode))


def _clean(image: Image.Image) -> Image.Image:
    image.info = {}
    return image


def _transparent(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey keeps its upper byte; Pillow's own conversion would clip it."""
    if image.mode != "I":
        image = image.convert("I")
    return image.point(lambda value: value * (1 / 256)).convert("L")


def _through_profile(image: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    """None when the profile is broken or is not of this image's colour space."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        # RGBA goes through as RGB, its alpha is put back.
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        colours = image.convert("RGB") if alpha else image
        managed = ImageCms.profileToProfile(colours, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if managed is not None and alpha is not None:
        managed.putalpha(alpha)
    if managed is not None and managed.mode != mode:
        managed = managed.convert(mode)
    return managed


def _flat(image: Image.Image) -> Image.Image:
    """On white, as it would be printed."""
    if image.mode != "RGBA":
        return image if image.mode == "RGB" else image.convert("RGB")
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground
