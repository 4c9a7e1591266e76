"""Files as cameras and phones really write them."""

from __future__ import annotations

import io
import random
import struct

import pytest
from PIL import Image, ImageCms

from photoai.errors import PhotoDamaged
from photoai.services.photos import JPEG, PhotoLimits, check, inspect, prepare
from tests.support import photos

LIMITS = PhotoLimits(40_000_000)
PLAIN = photos.jpeg(64, 40)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", 0xFF00 | marker, len(body) + 2) + body


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[:2] + b"\xff\xff\xff" + PLAIN[2:],
        PLAIN[:20] + bytes(7) + PLAIN[20:],
        PLAIN[:2] + segment(0xFE, b"written by a camera") + b"\xff" * 1000 + PLAIN[2:],
        PLAIN[:-2] + b"\xff\xff\xff\xd9",
        PLAIN + bytes(4096),
        PLAIN[:2] + segment(0xE1, b"Exif\0\0" + PLAIN) + PLAIN[2:],
        PLAIN[:2] + segment(0xE2, b"MPF\0II*\0" + bytes(80)) + PLAIN[2:] + photos.jpeg(160, 120),
        photos.encoded(photos.picture(64, 40), "JPEG", progressive=True, quality=90),
        photos.encoded(photos.picture(64, 40), "JPEG", restart_marker_blocks=1, quality=90),
    ],
    ids=["fill", "zeros", "fill-later", "fill-at-end", "tail", "preview", "mpf", "progressive",
         "restarts"],
)  # fmt: skip
def test_what_decoders_read_is_taken(data: bytes) -> None:
    facts = inspect(io.BytesIO(data), LIMITS)
    assert (facts.width, facts.height, facts.plain) == (64, 40, True)
    sent = prepare(data, LIMITS, accepted=[JPEG])
    assert photos.difference(photos.opened(sent.data), photos.opened(PLAIN)) < 1
    check(data, LIMITS)


def test_the_video_of_a_motion_photo_is_left_behind() -> None:
    video = random.Random(1).randbytes(20_000_000)
    assert video.count(b"\xff\xda") > 200
    sent = prepare(PLAIN + video, LIMITS, accepted=[JPEG])
    assert len(sent.data) <= len(PLAIN)


def test_a_file_filled_up_behind_a_missing_end_is_damaged_everywhere() -> None:
    cut = PLAIN[:-200] + bytes(5000)
    for look in (
        lambda: check(cut, LIMITS),
        lambda: prepare(cut, LIMITS, accepted=[JPEG]),
    ):
        with pytest.raises(PhotoDamaged):
            look()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("sRGB IEC61966-2.1", True),
        ("sRGB built-in", True),
        ("Display P3", False),
        ("Display P3 Gamut with sRGB Transfer", False),
        ("DCI-P3 D65 Gamut with sRGB Transfer", False),
        ("sRGB Transfer with DCI-P3 Gamut", False),
        ("Adobe RGB (1998)", False),
    ],
)
@pytest.mark.parametrize("version", [2, 4])
def test_only_a_profile_that_is_srgb_leaves_the_pixels_alone(
    name: str, plain: bool, version: int
) -> None:
    data = photos.encoded(photos.picture(64, 40), "JPEG", icc_profile=profile(name, version))
    assert inspect(io.BytesIO(data), LIMITS).plain is plain


def profile(name: str, version: int) -> bytes:
    """An sRGB profile whose description says something else."""
    own = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = own.index(b"desc", 128)
    if version == 2:
        text = b"desc" + bytes(4) + struct.pack(">L", len(name) + 1) + name.encode() + bytes(80)
    else:
        words = name.encode("utf-16-be")
        head = struct.pack(">4sLLL4sLL", b"mluc", 0, 1, 12, b"enUS", len(words), 28)
        text = head + words
    own[at + 4 : at + 12] = struct.pack(">LL", len(own), len(text))
    own += text + bytes(-len(text) % 4)
    own[0:4] = struct.pack(">L", len(own))
    return bytes(own)


def test_orientation_that_stands_in_xmp_alone_counts() -> None:
    xmp = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation="6"/>'
    data = PLAIN[:2] + segment(0xE1, xmp) + PLAIN[2:]
    facts = inspect(io.BytesIO(data), LIMITS)
    assert (facts.width, facts.height) == (40, 64)
    assert prepare(data, LIMITS, accepted=[JPEG]).width == 40


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_png_and_webp_are_turned_as_their_exif_says(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = photos.encoded(photos.picture(64, 40), kind, exif=exif.tobytes())
    assert inspect(io.BytesIO(data), LIMITS).width == 40
    assert prepare(data, LIMITS, accepted=[JPEG]).width == 40
