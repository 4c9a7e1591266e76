"""What a file is, from its header alone: nothing is decoded here."""

from __future__ import annotations

import io
import re
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

from .exif import orientation_in, orientation_in_xmp
from .jpeg import without_extras
from .picture import HEIC, JPEG, PNG, WEBP, PhotoFacts, PhotoLimits

HEAD_BYTES = 32
# Brands of still HEIF images coded with HEVC (ISO/IEC 23008-12, annex B).
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc", b"hevx", b"msf1"}
PILLOW_FORMATS = {JPEG: ("JPEG",), PNG: ("PNG",), WEBP: ("WEBP",), HEIC: ("HEIF",)}
SIDEWAYS = {5, 6, 7, 8}
MOST_DPI = 9600
EXIF_HEAD = b"Exif\0\0"
SAMPLE = "photoai_sample"  # among what Pillow keeps beside the pixels
# A description that begins with the name and is not of a transfer curve alone: "sRGB IEC61966-2.1"
# and "sRGB built-in", but not "sRGB Transfer with DCI-P3 Gamut".
NAMED_SRGB = re.compile(rb"(?:desc.{0,2}|mluc.{0,12})sRGB(?!.*(?:Gamut|Transfer|P3))", re.DOTALL)


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
        yield PhotoFacts(mime or "", width, height, size, plain, _dpi(image)), image


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
    extras: dict[str, bytes] = {}
    if mime == JPEG:
        bare = without_extras(file.read())
        file = io.BytesIO(bare.data)
        extras = {"exif": bare.exif, "xmp": bare.xmp, SAMPLE: bare.sample}
    try:
        with warnings.catch_warnings():
            # Our own pixel limit is checked before anything is decoded.
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=PILLOW_FORMATS[mime])
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _header_trouble(error) from error
    except Exception as error:
        raise PhotoDamaged from error
    image.info.update(extras)
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
    if image.format == "HEIF":  # its plugin hands out upright pixels
        return 1
    exif, xmp = (image.info.get(name) or b"" for name in ("exif", "xmp"))
    if not isinstance(exif, bytes) or not isinstance(xmp, bytes):
        return 1
    return orientation_in(exif.removeprefix(EXIF_HEAD)) or orientation_in_xmp(xmp) or 1


def _dpi(image: ImageFile.ImageFile) -> int | None:
    """Dots an inch, where both directions have the same."""
    told = {round(float(each)) for each in image.info.get("dpi", ()) if 0 < each <= MOST_DPI}
    return told.pop() or None if len(told) == 1 else None


def _is_srgb(image: ImageFile.ImageFile) -> bool:
    """No profile means sRGB. A profile is one when it names itself so; others only name their
    transfer curve after it ("Display P3 Gamut with sRGB Transfer"). Any doubt means no: then the
    colours are converted, which costs time and nothing else."""
    profile: bytes | None = image.info.get("icc_profile")
    return profile is None or bool(NAMED_SRGB.search(_plain_text(profile)))


def _plain_text(profile: bytes) -> bytes:
    """A profile's description in ASCII: in version 4 it is UTF-16 (ICC.1:2022, 10.15)."""
    at = profile.find(b"desc", 128)  # behind the header, in the table of tags
    offset, size = (int.from_bytes(profile[at + 4 * n : at + 4 * n + 4]) for n in (1, 2))
    text = profile[offset : offset + min(size, 512)] if at > 0 else b""
    return text.replace(b"\0", b"")


def check_limits(image: ImageFile.ImageFile, limits: PhotoLimits) -> None:
    """Raises PhotoTooManyPixels, PhotoAnimated"""
    _check(image, limits)


def _teach_heif() -> None:
    """Pillow learns HEIC when the first one arrives: the library behind it is large."""
    import pillow_heif

    if "HEIF" not in Image.OPEN:
        pillow_heif.register_heif_opener(thumbnails=False)
