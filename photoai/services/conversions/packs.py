"""Frames in a ZIP archive: one of them read by its place, and two archives as one (APPNOTE.TXT).

The frames of a kind lie in their archive in order and without gaps, all with names of one length,
so that the entries of its directory are equally long: the one of a frame is found without reading
the others, of which there may be a hundred thousand.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from photoai.errors import ResultGone
from photoai.offload import Offload
from photoai.services.storage import in_pieces

END, END_64, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
ENTRY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
END_BYTES, LOCATOR_64_BYTES, END_64_BYTES = 22, 20, 56
ENTRY_BYTES, LOCAL_BYTES, OFFSET_AT = 46, 30, 42
STORED, DEFLATED = 0, 8
MANY, FAR = 0xFFFF, 0xFFFFFFFF
MADE_BY, NEEDS = 45, 45  # version 4.5, which knows archives with more members


@dataclass(frozen=True)
class Directory:
    """Where the list of an archive's members lies, how long it is, how many there are."""

    offset: int
    size_bytes: int
    members: int

    @classmethod
    def of(cls, file: BinaryIO) -> Directory:
        """Raises ResultGone: it is no archive of ours, or its end is missing."""
        size_bytes = file.seek(0, 2)
        tail_bytes = min(size_bytes, END_BYTES + LOCATOR_64_BYTES + END_64_BYTES)
        tail = _read(file, size_bytes - tail_bytes, tail_bytes)
        end, end_64 = tail[-END_BYTES:], tail[:END_64_BYTES]
        if not end.startswith(END):
            raise ResultGone
        members, length, offset = struct.unpack_from("<HII", end, 10)
        if end_64.startswith(END_64) and LOCATOR_64 in tail:
            members, length, offset = struct.unpack_from("<QQQ", end_64, 32)
        return cls(offset, length, members)

    def read(self, file: BinaryIO) -> bytes:
        return _read(file, self.offset, self.size_bytes)


def member(file: BinaryIO, number: int, name: str) -> bytes:
    """What is inside the member in this place.

    Raises:
        KeyError: there is none, or it has another name.
        ResultGone: the archive is damaged.
    """
    directory = Directory.of(file)
    if not 0 <= number < directory.members:
        raise KeyError(name)
    entry_bytes = directory.size_bytes // directory.members
    entry = _read(file, directory.offset + number * entry_bytes, entry_bytes)
    if not entry.startswith(ENTRY):
        raise ResultGone
    if entry[ENTRY_BYTES : ENTRY_BYTES + len(name)] != name.encode():
        raise KeyError(name)
    method, _, checksum, packed_bytes, size_bytes = struct.unpack_from("<HIIII", entry, 10)
    (offset,) = struct.unpack_from("<I", entry, OFFSET_AT)
    return _unpacked(_data(file, offset, packed_bytes), method, checksum, size_bytes)


def _data(file: BinaryIO, offset: int, packed_bytes: int) -> bytes:
    local = _read(file, offset, LOCAL_BYTES)
    if not local.startswith(LOCAL):
        raise ResultGone
    name_bytes, extra_bytes = struct.unpack_from("<HH", local, 26)
    return _read(file, offset + LOCAL_BYTES + name_bytes + extra_bytes, packed_bytes)


def _unpacked(data: bytes, method: int, checksum: int, size_bytes: int) -> bytes:
    if method == DEFLATED:
        try:
            data = zlib.decompress(data, -zlib.MAX_WBITS, size_bytes)
        except zlib.error:
            raise ResultGone from None
    elif method != STORED:
        raise ResultGone
    if zlib.crc32(data) != checksum:
        raise ResultGone
    return data


def joined(
    open_one: Callable[[], BinaryIO], open_other: Callable[[], BinaryIO], offload: Offload
) -> BinaryIO:
    """Two archives as one, put together as it is read; each time the same bytes. Together they may
    not be larger than four gigabytes."""
    with closing(open_one()) as one, closing(open_other()) as other:
        first, second = Directory.of(one), Directory.of(other)
        moved: bytes = offload(_moved, second.read(other), first.offset)
        entries = first.read(one) + moved
    start = first.offset + second.offset
    end = entries + _end(first.members + second.members, len(entries), start)

    def fetch(begin: int, stop: int) -> bytes:
        """From whichever part they lie in; what lies in two is asked for twice."""
        if begin < first.offset:
            return _piece(open_one, begin, min(stop, first.offset))
        if begin < start:
            return _piece(open_other, begin - first.offset, min(stop, start) - first.offset)
        return end[begin - start : stop - start]

    return in_pieces(start + len(end), b"", fetch)


def _moved(entries: bytes, by_bytes: int) -> bytes:
    """A directory whose members lie so much farther behind."""
    moved = bytearray(entries)
    at = 0
    while at < len(moved):
        name, extra, comment = struct.unpack_from("<HHH", moved, at + 28)
        (offset,) = struct.unpack_from("<I", moved, at + OFFSET_AT)
        struct.pack_into("<I", moved, at + OFFSET_AT, offset + by_bytes)
        at += ENTRY_BYTES + name + extra + comment
    return bytes(moved)


def _end(members: int, size_bytes: int, offset: int) -> bytes:
    """The records behind a directory (4.3.14 to 4.3.16)."""
    if members < MANY:
        return struct.pack("<4sHHHHIIH", END, 0, 0, members, members, size_bytes, offset, 0)
    many = struct.pack(
        "<4sQHHIIQQQQ", END_64, END_64_BYTES - 12, MADE_BY, NEEDS, 0, 0, members, members,
        size_bytes, offset,
    )  # fmt: skip
    locator = struct.pack("<4sIQI", LOCATOR_64, 0, offset + size_bytes, 1)
    end = struct.pack("<4sHHHHIIH", END, 0, 0, MANY, MANY, size_bytes, offset, 0)
    return many + locator + end


def _piece(open_it: Callable[[], BinaryIO], begin: int, stop: int) -> bytes:
    with closing(open_it()) as file:
        return _read(file, begin, stop - begin)


def _read(file: BinaryIO, at: int, size_bytes: int) -> bytes:
    file.seek(at)
    data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise ResultGone
    return data
