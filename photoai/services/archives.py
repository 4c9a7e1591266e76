"""Many files as one ZIP archive, put together while it is sent: neither the memory nor the disk
ever holds more of it than a piece."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from photoai.errors import ResultGone

PIECE_BYTES = 256 * 1024
READABLE = 0o644 << 16  # as Unix keeps it in an entry's external attributes


@dataclass(frozen=True)
class Member:
    """One file of an archive; `open` may raise ResultGone, which leaves it out."""

    name: str
    size_bytes: int
    modified: datetime
    open: Callable[[], BinaryIO]


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive in pieces. Photos are stored as they are: they cannot be made any smaller.

    Raises what opening the first of them does, as long as there is no answer yet to be spoilt.
    """
    pieces = _pieces(members)
    return _begun(next(pieces, b""), pieces)


def _begun(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _pieces(members: Iterable[Member]) -> Iterator[bytes]:
    out = _Outbox()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            try:
                file = member.open()
            except ResultGone:  # deleted since the archive was begun
                continue
            with closing(file), archive.open(_entry(member), "w") as entry:
                while piece := file.read(PIECE_BYTES):
                    entry.write(piece)
                    yield out.taken()
    yield out.taken()


def _entry(member: Member) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(member.name, member.modified.timetuple()[:6])
    entry.external_attr = READABLE
    entry.file_size = member.size_bytes  # larger than two gigabytes, it needs another form
    return entry


class _Outbox(io.RawIOBase):
    """What has been written and not been sent yet; nobody goes back in it."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece
