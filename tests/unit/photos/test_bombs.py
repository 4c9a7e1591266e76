"""Small files that would cost much: they cost a look."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pytest
from PIL import Image

from photoai.errors import PhotoDamaged, PhotoTooManyScans
from photoai.services.photos import JPEG, PhotoLimits, finish, inspect, prepare
from photoai.services.photos.exif import orientation_in
from photoai.services.photos.picture import Output
from tests.support import photos

LIMITS = PhotoLimits(20_000_000)


def of_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan, of a few bytes, comes `count` times."""
    file = io.BytesIO()
    Image.new("L", (700, 700), 128).save(file, "JPEG", progressive=True, quality=50)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def with_exif(*segments: bytes) -> bytes:
    plain = photos.encoded(Image.new("RGB", (64, 40)), "JPEG")
    parts = [struct.pack(">HH", 0xFFE1, len(each) + 2) + each for each in segments]
    return plain[:2] + b"".join(parts) + plain[2:]


def tiff(order: str, *entries: tuple[int, int, int, int]) -> bytes:
    """One directory; an entry is tag, type, count and value."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "L", 8)
    body = b"".join(_entry(order, *entry) for entry in entries)
    return head + struct.pack(order + "H", len(entries)) + body + bytes(4)


def _entry(order: str, tag: int, kind: int, count: int, value: int) -> bytes:
    shown = struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "L", value)
    return struct.pack(order + "HHL", tag, kind, count) + shown


def test_a_file_of_scans_is_refused_unread() -> None:
    bomb = of_scans(10_000)
    for look in (
        lambda: inspect(io.BytesIO(bomb), LIMITS),
        lambda: prepare(bomb, LIMITS, accepted=[JPEG]),
        lambda: finish(bomb, Output(JPEG, 90, 700, 700), LIMITS),
    ):
        with pytest.raises(PhotoTooManyScans):
            look()
    assert prepare(of_scans(20), LIMITS, accepted=[JPEG]).width == 700


def test_exif_that_points_at_itself_costs_nothing() -> None:
    entries = [(0x8800 + k, 7, 60_000, 8) for k in range(4000)]
    bomb = with_exif(*[b"Exif\0\0" + tiff("<", *entries)] * 9)
    tracemalloc.start()
    facts = inspect(io.BytesIO(bomb), LIMITS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (facts.width, facts.height) == (64, 40)
    assert peak < 10 * len(bomb)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turned", range(1, 9))
def test_orientation_is_read_in_both_byte_orders(order: str, turned: int) -> None:
    exif = tiff(order, (0x010F, 2, 4, 1), (0x0112, 3, 1, turned))
    assert orientation_in(exif) == turned
    facts = inspect(io.BytesIO(with_exif(b"Exif\0\0" + exif)), LIMITS)
    assert (facts.width, facts.height) == ((40, 64) if turned > 4 else (64, 40))
    assert facts.plain is (turned == 1)


@pytest.mark.parametrize(
    "exif",
    [
        b"", b"II", b"II*\0", b"II*\0\xff\xff\xff\xff", tiff("<", (0x0112, 3, 1, 99)),
        tiff("<", (0x0112, 2, 1, 6)), tiff("<", (0x0112, 3, 1, 6))[:-10], b"MM*\0" + bytes(40),
    ],
)  # fmt: skip
def test_orientation_that_is_no_orientation_is_upright(exif: bytes) -> None:
    assert orientation_in(exif) is None
    assert inspect(io.BytesIO(with_exif(b"Exif\0\0" + exif)), LIMITS).width == 64


def test_a_file_without_a_scan_is_damaged() -> None:
    with pytest.raises(PhotoDamaged):
        inspect(io.BytesIO(photos.jpeg()[:100]), LIMITS)


@pytest.mark.parametrize("marker", [b"\xff\xfe\x00\x02", b"\xff\xdd\x00\x04\x00\x00"])
def test_a_file_of_segments_is_refused_at_once(marker: bytes) -> None:
    plain = photos.jpeg()
    with pytest.raises(PhotoDamaged):
        inspect(io.BytesIO(plain[:2] + marker * 1_000_000 + plain[2:]), LIMITS)
    at = plain.rindex(b"\xff\xd9")
    with pytest.raises((PhotoDamaged, PhotoTooManyScans)):
        inspect(io.BytesIO(plain[:at] + marker * 1_000_000 + plain[at:]), LIMITS)
