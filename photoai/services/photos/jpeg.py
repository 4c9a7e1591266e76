"""JPEG files by their markers (ITU-T T.81, annex B), their pixels untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from photoai.errors import PhotoDamaged, PhotoTooManyScans

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
TEM, START, END, SCAN = 0x01, 0xD8, 0xD9, 0xDA
JFIF, APP1, ICC, ADOBE, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
JFIF_MARKER, JFIF_NAME = b"\xff\xe0", b"JFIF\0"
APPLICATION = range(0xE0, 0xF0)
EXIF, XMP, ICC_PROFILE = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
# A marker that means something: not a stuffed zero, a restart or a fill byte.
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# Searched at once; in between, other threads get their turn.
WINDOW_BYTES = 1 << 20
# Cameras write one scan and some dozen segments, progressive files about ten scans. Every scan
# costs a pass over all pixels; a file of nothing but scans or segments is a bomb.
MOST_SCANS, MOST_SEGMENTS = 100, 1000
SAMPLE_BYTES = 4096


class Segment(NamedTuple):
    """A marker's second byte, and where it begins and ends in the file."""

    marker: int
    begin: int
    end: int


class Bare(NamedTuple):
    """A file without extras, and what they said: EXIF data (TIFF inside) and XMP.

    `sample` is a small file a decoder stumbles on exactly when it stumbles on this one: all of its
    header and the first of its pixels. Only for files of a single scan, where nothing else can
    stop a decoder: it takes missing or damaged pixels for grey ones. Otherwise empty.
    """

    data: bytes
    exif: bytes
    xmp: bytes
    sample: bytes


def without_extras(data: bytes) -> Bare:
    """The file with nothing but its pixels and colour profile, up to its end.

    What is left costs a decoder no more than its pixels: previews, metadata and appended videos
    are gone unread. A file without an end is left as it is there.

    Raises:
        PhotoDamaged: the markers do not lead to a scan.
        PhotoTooManyScans: nobody could decode it in time.
    """
    kept, exif, xmp, sample = [SOI], b"", b"", b""
    for marker, begin, end in _head(data):
        body = data[begin + 4 : end]
        if marker == SCAN:
            rest = _scans(data, end)
            if rest.lone:
                sample = b"".join([*kept, data[begin : end + SAMPLE_BYTES], EOI])
            kept.append(data[begin : rest.end or len(data)])
        elif marker == APP1 and body.startswith(EXIF):
            exif = exif or body.removeprefix(EXIF)
        elif marker == APP1 and body.startswith(XMP):
            xmp = xmp or body
        elif _says_how_to_decode(marker) or (marker == ICC and body.startswith(ICC_PROFILE)):
            kept.append(data[begin:end])
    return Bare(b"".join(kept), exif, xmp, sample)


def stripped_jpeg(data: bytes) -> bytes:
    """The same picture: metadata and whatever follows its end removed.

    Raises:
        PhotoDamaged: the markers do not lead to a scan and its end, as in a file that was cut off.
        PhotoTooManyScans
    """
    kept = [SOI]
    for marker, begin, end in _head(data):
        if marker == SCAN:
            if (whole := _scans(data, end).end) is None:
                raise PhotoDamaged
            kept.append(data[begin:whole])
        elif _says_how_to_decode(marker):
            kept.append(data[begin:end])
    return b"".join(kept)


def with_density(data: bytes, dpi: int | None) -> bytes:
    """The same file, saying how many dots an inch it is to be printed with (JFIF 1.02, page 5)."""
    if dpi is None:
        return data
    tells = b"\1" + 2 * dpi.to_bytes(2)
    if data[2:4] == JFIF_MARKER and data[6:11] == JFIF_NAME:
        return data[:13] + tells + data[18:]
    return SOI + JFIF_MARKER + b"\0\x10" + JFIF_NAME + b"\1\2" + tells + b"\0\0" + data[2:]


def _says_how_to_decode(marker: int) -> bool:
    return marker in {JFIF, ADOBE} or (marker not in APPLICATION and marker != COMMENT)


def _head(data: bytes) -> Iterator[Segment]:
    """The segments up to the first scan's header, that one too; what stands between them is
    skipped as decoders do."""
    at = len(SOI)
    for _ in range(MOST_SEGMENTS):
        found = _segment(data, at)
        if found is None or found.marker == END:
            break
        if found.marker not in {TEM, START}:
            yield found
        if found.marker == SCAN:
            return
        at = found.end
    raise PhotoDamaged


class _Scans(NamedTuple):
    """Where the picture ends, if it does, and whether a single scan is all of it."""

    end: int | None
    lone: bool


def _scans(data: bytes, at: int) -> _Scans:
    """What follows the first scan's header up to the EOI. Tables between scans are stepped over,
    because their bytes may look like an EOI."""
    scans = 1
    for turn in range(MOST_SEGMENTS):
        found = _segment(data, at)
        if found is None:
            return _Scans(None, False)
        if found.marker == END:
            return _Scans(found.end, turn == 0)
        scans += found.marker == SCAN
        if scans > MOST_SCANS:
            break
        at = found.end
    raise PhotoTooManyScans


def _segment(data: bytes, at: int) -> Segment | None:
    """The next one from `at` on; None when there is none, or only a part of it."""
    begin = _next_marker(data, at)
    if begin is None:
        return None
    marker = data[begin + 1]
    if marker in {TEM, START, END}:
        return Segment(marker, begin, begin + 2)
    length = int.from_bytes(data[begin + 2 : begin + 4])
    end = begin + 2 + length
    return Segment(marker, begin, end) if length >= 2 and end <= len(data) else None


def _next_marker(data: bytes, at: int) -> int | None:
    for start in range(at, len(data), WINDOW_BYTES):
        if found := MARKER.search(data, start, start + WINDOW_BYTES + 1):
            return found.start()
    return None
