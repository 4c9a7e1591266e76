"""The parts of an upload: which bytes one holds, and where they go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from photoai.errors import ContentRangeInvalid, PartLengthWrong, UploadBytesDiffer
from photoai.models import UploadPart
from photoai.offload import look_around

PIECE_BYTES = 256 * 1024
Open = Callable[[str], BinaryIO]


@dataclass(frozen=True)
class Span:
    """The bytes from `first` to `last`, both of them among it, of a file of `total`."""

    first: int
    last: int
    total: int

    def check(self) -> None:
        """Raises ContentRangeInvalid when there can be no such bytes."""
        if not 0 <= self.first <= self.last < self.total:
            raise ContentRangeInvalid

    @property
    def stop(self) -> int:
        return self.last + 1

    @property
    def size_bytes(self) -> int:
        return self.stop - self.first


@dataclass(frozen=True)
class Part:
    """What a client says of a part it sends: `name` is the file's, `sha256` that of all of it."""

    span: Span
    name: str = ""
    sha256: str | None = None


class Sink:
    """Takes the bytes of one part. Those that have come before are compared, the others written;
    what is written is all right up to there, also when the rest never comes."""

    def __init__(self, size_bytes: int, known: Known | None, into: BinaryIO | None) -> None:
        self._left_bytes = size_bytes
        self._known = known
        self._into = into
        self.written_bytes = 0

    def write(self, data: bytes) -> int:
        """Raises PartLengthWrong, UploadBytesDiffer"""
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise PartLengthWrong
        again = self._known.read(len(data)) if self._known else b""
        if data[: len(again)] != again:
            raise UploadBytesDiffer
        if self._into is not None and len(again) < len(data):
            self.written_bytes += self._into.write(data[len(again) :])
        return len(data)

    def check(self) -> None:
        """Raises PartLengthWrong when bytes are missing."""
        if self._left_bytes:
            raise PartLengthWrong

    @property
    def file(self) -> BinaryIO:
        """The same, for whoever writes to files."""
        return cast(BinaryIO, self)


class Known:
    """The bytes of an upload that have come already, from `first` to `stop`."""

    def __init__(self, open_: Open, parts: Sequence[UploadPart], first: int, stop: int) -> None:
        self._open = open_
        self._parts = [part for part in parts if part.first + part.size_bytes > first]
        self._at, self._stop = first, stop
        self._file: BinaryIO | None = None

    def read(self, most_bytes: int) -> bytes:
        """So many, or as many as are left. Raises FileNotFoundError"""
        data = b""
        while (left := min(most_bytes - len(data), self._stop - self._at)) > 0:
            piece = self._opened().read(left)
            data += piece
            self._at += len(piece)
            if not piece:
                self._next()
        return data

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            if not self._parts:
                raise FileNotFoundError("The upload's parts do not reach so far.")
            self._file = self._open(self._parts[0].key)
            self._file.seek(self._at - self._parts[0].first)
        return self._file

    def _next(self) -> None:
        self.close()
        del self._parts[0]


def put_together(open_: Open, parts: Sequence[UploadPart], into: BinaryIO) -> str:
    """Copy all parts one after the other; the SHA-256 of it all, in hex.

    Raises:
        FileNotFoundError: one of them is gone.
    """
    digest = hashlib.sha256()
    for part in parts:
        with open_(part.key) as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
                into.write(piece)
                look_around()
    return digest.hexdigest()
