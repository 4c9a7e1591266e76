"""A JPEG without its metadata, its pixels untouched (ITU-T T.81, annex B: markers)."""

from __future__ import annotations

from PIL import ImageFile

from photoai.errors import PhotoDamaged

SOI, EOI, START_OF_SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
JFIF, ADOBE, COMMENT = 0xE0, 0xEE, 0xFE
APPLICATION = range(0xE0, 0xF0)
EIGHTH = 8


def stripped_jpeg(data: bytes) -> bytes:
    """The same picture: metadata and whatever follows its end removed.

    Raises:
        PhotoDamaged: the markers do not lead to a scan and its end, as in a file that was cut off.
    """
    kept, at = [SOI], 2
    while True:
        marker, length = _segment(data, at)
        if marker == START_OF_SCAN:
            return b"".join([*kept, data[at : _end(data, at)]])
        if marker in {JFIF, ADOBE} or (marker not in APPLICATION and marker != COMMENT):
            kept.append(data[at : at + 2 + length])
        at += 2 + length


def check_pixels(image: ImageFile.ImageFile) -> None:
    """Decode at an eighth of the resolution, the least that reads every byte.

    Raises:
        PhotoDamaged: the pixels cannot be decoded.
    """
    width, height = image.size
    image.draft(None, (width // EIGHTH or 1, height // EIGHTH or 1))
    try:
        image.load()
    except Exception as error:
        raise PhotoDamaged from error


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """The marker at `at` and the length of what belongs to it."""
    while data[at : at + 2] == b"\xff\xff":  # fill bytes
        at += 1
    if at + 4 > len(data) or data[at] != 0xFF:
        raise PhotoDamaged
    length = int.from_bytes(data[at + 2 : at + 4])
    if length < 2 or at + 2 + length > len(data):
        raise PhotoDamaged
    return data[at + 1], length


def _end(data: bytes, scan: int) -> int:
    """Behind the first EOI: inside a scan 0xFF is always followed by something else. Progressive
    files have several scans with tables in between, whose bytes may look like an EOI; so the
    tables are stepped over."""
    at = scan
    while True:
        at += 2 + _segment(data, at)[1]
        at = _next_marker(data, at)
        if data[at : at + 2] == EOI:
            return at + 2
        while data[at + 1] != START_OF_SCAN:
            at += 2 + _segment(data, at)[1]
            if data[at : at + 2] == EOI:
                return at + 2


def _next_marker(data: bytes, at: int) -> int:
    """The first marker behind entropy-coded data: not a stuffed zero, a restart or a fill."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise PhotoDamaged
        follower = data[at + 1]
        if follower == 0xFF:
            at += 1
        elif follower == 0 or 0xD0 <= follower <= 0xD7:
            at += 2
        else:
            return at
