"""Photos: what is taken, and what becomes of it."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from photoai.errors import PhotoaiError, PhotoDamaged, PhotoTooLarge, PhotoTooManyPixels
from photoai.services.photos import (
    JPEG,
    PNG,
    WEBP,
    Output,
    PhotoLimits,
    decode,
    encode,
    finish,
    fit,
    inspect,
    output_size,
    prepare,
    sniff,
)
from photoai.services.photos.jpeg import stripped_jpeg, without_extras
from tests.support import photos

LIMITS = PhotoLimits(20_000_000)
PROGRESSIVE = photos.jpeg(progressive=True)
BASELINE = photos.jpeg()


@pytest.mark.parametrize(
    ("photo", "mime"),
    [
        (photos.jpeg, "image/jpeg"),
        (photos.png, "image/png"),
        (photos.heic, "image/heic"),
        (photos.animated_webp, "image/webp"),
        (lambda: b"GIF89a", None),
        (lambda: b"", None),
        (lambda: b"%PDF-1.7", None),
    ],
)
def test_the_bytes_tell_the_type(photo: Callable[[], bytes], mime: str | None) -> None:
    assert sniff(photo()[:32]) == mime


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int) -> None:
    upright = photos.picture(64, 40)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[photos.ORIENTATION] = orientation
    data = photos.encoded(lying, "JPEG", quality=95, exif=exif.tobytes())
    facts = inspect(io.BytesIO(data), LIMITS)
    assert (facts.width, facts.height) == (64, 40)
    assert photos.difference(decode(data, LIMITS), upright) < 4


def test_a_jpeg_that_is_ready_keeps_its_very_pixels_but_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Where the guest lives"
    data = photos.jpeg(exif=exif.tobytes(), comment=b"and her name") + b"a second picture"
    sent = prepare(data, LIMITS, accepted=[JPEG])
    assert photos.difference(photos.opened(sent.data), photos.opened(data)) == 0
    assert b"lives" not in sent.data
    assert b"name" not in sent.data
    assert sent.data.endswith(b"\xff\xd9")
    assert len(sent.data) < len(data)


def test_a_progressive_jpeg_is_cut_behind_its_last_scan() -> None:
    sent = prepare(PROGRESSIVE + b"\0" * 50, LIMITS, accepted=[JPEG])
    assert sent.data == PROGRESSIVE


def test_a_photo_of_several_pictures_is_its_first_one() -> None:
    file = io.BytesIO()
    photos.picture().save(file, "MPO", save_all=True, append_images=[photos.picture(seed=1)])
    sent = prepare(file.getvalue(), LIMITS, accepted=[JPEG])
    assert len(sent.data) < len(file.getvalue())
    assert photos.difference(photos.opened(sent.data), photos.picture()) < 5


def test_sixteen_bit_grey_keeps_its_gradient() -> None:
    grey = np.asarray(decode(photos.png16(), LIMITS).convert("L"))[0].astype(int)
    assert (grey[0], grey[-1]) == (0, 255)
    assert (np.diff(grey) >= 0).all()


def test_cmyk_looks_as_it_did() -> None:
    seen = decode(photos.cmyk_jpeg(), LIMITS)
    assert seen.mode == "RGB"
    assert photos.difference(seen, photos.picture()) < 12


def test_colours_go_through_the_embedded_profile() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = decode(photos.jpeg(icc_profile=srgb), LIMITS)
    broken = decode(photos.jpeg(icc_profile=b"nonsense"), LIMITS)
    foreign = decode(photos.jpeg(icc_profile=lab), LIMITS)
    assert photos.difference(plain, photos.opened(BASELINE)) < 2
    assert photos.difference(broken, photos.opened(BASELINE)) == 0
    assert photos.difference(foreign, photos.opened(BASELINE)) == 0
    assert not plain.info


def test_transparency_survives_where_it_can_and_becomes_white_where_not() -> None:
    image = photos.picture(40, 40).convert("RGBA")
    image.putalpha(0)
    data = photos.encoded(image, "PNG")
    assert prepare(data, LIMITS, accepted=[JPEG, PNG]).mime == PNG
    flat = prepare(data, LIMITS, accepted=[JPEG])
    assert flat.mime == JPEG
    assert photos.opened(flat.data).getpixel((20, 20)) == (255, 255, 255)


@given(st.integers(3, len(BASELINE) - 3))
@settings(max_examples=40, deadline=None)
def test_a_jpeg_cut_anywhere_is_damaged(end: int) -> None:
    with pytest.raises(PhotoDamaged):
        prepare(BASELINE[:end], LIMITS, accepted=[JPEG])


@given(st.integers(9, len(PROGRESSIVE) - 3))
@settings(max_examples=40, deadline=None)
def test_a_progressive_jpeg_cut_anywhere_is_damaged(end: int) -> None:
    with pytest.raises(PhotoDamaged):
        prepare(PROGRESSIVE[:end], LIMITS, accepted=[JPEG])


@given(
    st.sampled_from(
        [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]
    ),
    st.binary(max_size=300),
)
@settings(max_examples=100, deadline=None)
def test_nonsense_is_refused_and_nothing_else_happens(magic: bytes, rest: bytes) -> None:
    with pytest.raises(PhotoaiError):
        prepare(magic + rest, LIMITS, accepted=[JPEG])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_flipped_bytes_never_break_the_server(data: st.DataObject) -> None:
    broken = bytearray(photos.jpeg(64, 48))
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        sent = prepare(bytes(broken), LIMITS, accepted=[JPEG])
    except PhotoaiError:
        return
    assert photos.opened(sent.data)


@pytest.mark.slow
def test_a_bomb_costs_a_header() -> None:
    bomb = photos.bomb_png()
    tracemalloc.start()
    try:
        with pytest.raises(PhotoTooManyPixels) as refused:
            inspect(io.BytesIO(bomb), LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert refused.value.details["width"] == 10_000


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PhotoTooLarge):
        inspect(io.BytesIO(BASELINE), PhotoLimits(1000))


@pytest.mark.parametrize("mime", [JPEG, PNG, WEBP])
def test_an_answer_gets_the_booths_size_and_type(mime: str) -> None:
    finished = finish(photos.png(1024, 1024), Output(mime, 90, 600, 400), LIMITS)
    assert sniff(finished[:32]) == mime
    assert photos.opened(finished).size == (600, 400)


def test_an_answer_that_fits_already_is_passed_on_untouched() -> None:
    output = Output(JPEG, 90, 640, 480)
    assert finish(BASELINE, output, LIMITS) == BASELINE


def test_a_broken_answer_is_never_passed_on() -> None:
    with pytest.raises(PhotoDamaged):
        finish(BASELINE[:-500], Output(JPEG, 90, 640, 480), LIMITS)


def test_fitting_cuts_the_sides_and_keeps_the_middle() -> None:
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    assert fit(wide, 50, 50).getpixel((25, 25)) == (0, 0, 255)
    assert fit(wide, 50, 50).size == (50, 50)


@given(st.integers(1, 9000), st.integers(1, 9000), st.one_of(st.none(), st.integers(256, 4096)))
def test_the_answer_is_never_larger_than_the_photo(
    width: int, height: int, most: int | None
) -> None:
    new_width, new_height = output_size(width, height, most)
    assert 1 <= new_width <= width
    assert 1 <= new_height <= height
    assert max(new_width, new_height) <= (most or 9000)


def test_every_type_can_be_written() -> None:
    for mime in (JPEG, PNG, WEBP):
        assert sniff(encode(photos.picture(), mime, 80)[:32]) == mime
    with pytest.raises(ValueError, match="gif"):
        encode(photos.picture(), "image/gif", 80)


@pytest.mark.slow
@pytest.mark.parametrize("photo", [BASELINE, PROGRESSIVE], ids=["one scan", "many scans"])
def test_looking_at_a_sample_finds_what_decoding_everything_finds(photo: bytes) -> None:
    chance = random.Random(7)
    scan = photo.index(b"\xff\xda") + 20
    found: Counter[bool] = Counter()
    for _ in range(150):
        broken = bytearray(photo)
        for _ in range(chance.randint(1, 30)):
            broken[chance.randrange(scan, len(photo))] = chance.randrange(256)
        fine = _taken(bytes(broken))
        found[fine] += 1
        assert fine == _decodes(bytes(broken))
    assert min(found.values()) > 4


def _taken(photo: bytes) -> bool:
    try:
        prepare(photo, LIMITS, accepted=[JPEG])
    except PhotoDamaged:
        return False
    return True


def _decodes(photo: bytes) -> bool:
    """By Pillow, from the first byte to the end the markers lead to."""
    try:
        Image.open(io.BytesIO(without_extras(photo).data)).load()
        stripped_jpeg(photo)
    except (OSError, SyntaxError, PhotoDamaged):
        return False
    return True
