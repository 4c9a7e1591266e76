"""What a file is, from its header alone: nothing is decoded here."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from photoai.errors import (
    FileEmpty,
    PhotoAnimated,
    PhotoDamaged,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTypeNotTaken,
)

from .exif import orientation_in
from .jpeg import without_extras
from .picture import HEIC, JPEG, PNG, WEBP, PhotoFacts, PhotoLimits

HEAD_BYTES = 32
# Brands of still HEIF images coded with HEVC (ISO/IEC 23008-12, annex B).
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc", b"hevx", b"msf1"}
PILLOW_FORMATS = {JPEG: ("JPEG",), PNG: ("PNG",), WEBP: ("WEBP",), HEIC: ("HEIF",)}
SIDEWAYS = {5, 6, 7, 8}
EXIF_HEAD = b"Exif\0\0"


def sniff(head: bytes) -> str | None:
    """The type the first 32 bytes tell, None for everything that is not taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return HEIC
    return None


def inspect(file: BinaryIO, limits: PhotoLimits) -> PhotoFacts:
    """What the header of a seekable file says; the file is left open.

    Raises:
        FileEmpty, PhotoTypeNotTaken, PhotoTooLarge, PhotoTooManyPixels, PhotoTooManyScans,
        PhotoAnimated, PhotoDamaged
    """
    with examined(file, limits) as (facts, _):
        return facts


@contextmanager
def examined(
    file: BinaryIO, limits: PhotoLimits
) -> Iterator[tuple[PhotoFacts, ImageFile.ImageFile]]:
    """What `inspect` tells, with the open image whose pixels are still to be decoded."""
    size = file.seek(0, 2)
    if size == 0:
        raise FileEmpty
    if size > limits.max_bytes:
        raise PhotoTooLarge(details={"size_bytes": size, "max_bytes": limits.max_bytes})
    file.seek(0)
    mime = sniff(file.read(HEAD_BYTES))
    if mime not in limits.types:
        raise PhotoTypeNotTaken
    with opened(file, mime) as image:
        _check(image, limits)
        width, height = image.size
        turned = orientation(image)
        if turned in SIDEWAYS:
            width, height = height, width
        plain = mime == JPEG and turned == 1 and image.mode in {"RGB", "L"} and _is_srgb(image)
        yield PhotoFacts(mime or "", width, height, size, plain), image


@contextmanager
def opened(file: BinaryIO, mime: str | None) -> Iterator[ImageFile.ImageFile]:
    """Pillow's view of a file whose type was sniffed; its troubles become ours.

    Raises:
        PhotoTypeNotTaken, PhotoDamaged, PhotoTooManyScans
    """
    if mime is None:
        raise PhotoTypeNotTaken
    if mime == HEIC:
        _teach_heif()
    file.seek(0)
    exif = b""
    if mime == JPEG:
        bare, exif = without_extras(file.read())
        file = io.BytesIO(bare)
    try:
        with warnings.catch_warnings():
            # Our own pixel limit is checked before anything is decoded.
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=PILLOW_FORMATS[mime])
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _header_trouble(error) from error
    except Exception as error:
        raise PhotoDamaged from error
    if exif:
        image.info["exif"] = exif
    yield image


def _header_trouble(error: Exception) -> PhotoDamaged | PhotoTooManyPixels:
    if isinstance(error, Image.DecompressionBombError):
        return PhotoTooManyPixels()
    return PhotoDamaged()


def _check(image: ImageFile.ImageFile, limits: PhotoLimits) -> None:
    width, height = image.size
    if width * height > limits.max_pixels:
        raise PhotoTooManyPixels(
            details={"width": width, "height": height, "max_pixels": limits.max_pixels}
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise PhotoAnimated(details={"frames": frames})


def orientation(image: ImageFile.ImageFile) -> int:
    """EXIF orientation, 1 (upright) to 8; 1 when it is not said or not readable."""
    exif = image.info.get("exif")
    if image.format == "HEIF" or not isinstance(exif, bytes):  # HEIF comes upright from its plugin
        return 1
    return orientation_in(exif.removeprefix(EXIF_HEAD))


def _is_srgb(image: ImageFile.ImageFile) -> bool:
    """No profile means sRGB; a profile is taken at its word when it names itself so."""
    profile: bytes | None = image.info.get("icc_profile")
    return profile is None or b"sRGB" in profile or b"s\0R\0G\0B" in profile


def check_limits(image: ImageFile.ImageFile, limits: PhotoLimits) -> None:
    """Raises PhotoTooManyPixels, PhotoAnimated"""
    _check(image, limits)


def _teach_heif() -> None:
    """Pillow learns HEIC when the first one arrives: the library behind it is large."""
    import pillow_heif

    if "HEIF" not in Image.OPEN:
        pillow_heif.register_heif_opener(thumbnails=False)
