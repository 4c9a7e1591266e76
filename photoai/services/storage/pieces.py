"""A file that lies elsewhere, read piece by piece as somebody asks for it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER_BYTES = 1 << 20
# What is fetched in one go has a deadline, so it has a size.
MOST_AT_ONCE_BYTES = 4 << 20


def in_pieces(size_bytes: int, first: bytes, fetch: Callable[[int, int], bytes]) -> BinaryIO:
    """A seekable file of `size_bytes` whose beginning, `first`, is here already; `fetch(start,
    stop)` gets more. Nothing is held open between two reads."""
    return cast(BinaryIO, io.BufferedReader(_Pieces(size_bytes, first, fetch), BUFFER_BYTES))


class _Pieces(io.RawIOBase):
    def __init__(self, size_bytes: int, first: bytes, fetch: Callable[[int, int], bytes]) -> None:
        self._size_bytes = size_bytes
        self._first = first
        self._fetch = fetch
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size_bytes}[whence]
        if start + offset < 0:
            raise ValueError(f"There is nothing before the beginning: {start + offset}")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        wanted = memoryview(buffer).cast("B")
        piece = self._next(len(wanted))
        wanted[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        pieces = []
        while piece := self._next(MOST_AT_ONCE_BYTES):
            pieces.append(piece)
        return b"".join(pieces)

    def _next(self, most: int) -> bytes:
        """What comes next, at most so much; nothing at the end."""
        stop = min(self._at + min(most, MOST_AT_ONCE_BYTES), self._size_bytes)
        if self._at >= stop:
            return b""
        piece = self._first[self._at : stop] or self._fetch(self._at, stop)
        self._at += len(piece)
        return piece
