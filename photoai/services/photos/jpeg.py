"""JPEG files by their markers (ITU-T T.81, annex B), their pixels untouched."""

from __future__ import annotations

from photoai.errors import PhotoDamaged, PhotoTooManyScans

SOI, EOI, START_OF_SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
JFIF, ADOBE, COMMENT = 0xE0, 0xEE, 0xFE
APPLICATION = range(0xE0, 0xF0)
ICC_PROFILE, EXIF, SCAN = b"ICC_PROFILE\0", b"Exif\0\0", b"\xff\xda"
ICC, APP1 = 0xE2, 0xE1
# Cameras write one scan, progressive files about ten, each preview inside brings its own. Every
# scan costs a pass over all pixels, and a file of nothing but scans is a bomb.
MOST_SCANS = 100


def without_extras(data: bytes) -> tuple[bytes, bytes]:
    """The file without metadata other than its colour profile, and its EXIF data (TIFF inside).

    What is left costs a decoder no more than its pixels: previews, EXIF and XMP are gone unread.

    Raises:
        PhotoDamaged: the markers do not lead to a scan.
        PhotoTooManyScans: nobody could decode it in time.
    """
    if data.count(SCAN) > MOST_SCANS:
        raise PhotoTooManyScans
    kept, at, exif = [SOI], 2, b""
    while True:
        marker, length = _segment(data, at)
        if marker == START_OF_SCAN:
            return b"".join([*kept, data[at:]]), exif
        body = data[at + 4 : at + 2 + length]
        if marker == APP1 and body.startswith(EXIF) and not exif:
            exif = body.removeprefix(EXIF)
        if _says_how_to_decode(marker) or (marker == ICC and body.startswith(ICC_PROFILE)):
            kept.append(data[at : at + 2 + length])
        at += 2 + length


def _says_how_to_decode(marker: int) -> bool:
    return marker in {JFIF, ADOBE} or (marker not in APPLICATION and marker != COMMENT)


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
        if _says_how_to_decode(marker):
            kept.append(data[at : at + 2 + length])
        at += 2 + length


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
