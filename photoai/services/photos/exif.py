"""The one thing we want of metadata, read by hand: a library copies what every entry points at."""

from __future__ import annotations

import re

ORIENTATION_TAG, SHORT, LONG = 0x0112, 3, 4
ENTRY_BYTES, MOST_ENTRIES = 12, 1000
MOST_XMP_BYTES = 65_536
XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=[\"']|>)([1-8])")
BYTE_ORDERS = {b"II*\0": "little", b"MM\0*": "big"}


def orientation_in(exif: bytes) -> int | None:
    """Orientation from 1 (upright) to 8, of EXIF data that begins with its TIFF header (TIFF 6.0,
    section 2); None when it is not said or not readable."""
    order = BYTE_ORDERS.get(exif[:4])
    if order is None:
        return None

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], order)  # type: ignore[arg-type]

    directory = number(4, 4)
    for index in range(min(number(directory, 2), MOST_ENTRIES)):
        entry = directory + 2 + index * ENTRY_BYTES
        if entry + ENTRY_BYTES > len(exif):
            return None
        if number(entry, 2) == ORIENTATION_TAG:
            turned = number(entry + 8, {SHORT: 2, LONG: 4}.get(number(entry + 2, 2), 0))
            return turned if 1 <= turned <= 8 else None
    return None


def orientation_in_xmp(xmp: bytes) -> int | None:
    """The same of an XMP packet, for files whose EXIF was taken away."""
    found = XMP_ORIENTATION.search(xmp[:MOST_XMP_BYTES])
    return int(found[1]) if found else None
