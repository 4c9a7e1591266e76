"""Decoded pictures by their numbers, in a file without a name: it is gone with its process."""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict


class Spool:
    """Holds as many pictures of `size_bytes` each as fit into `most_bytes`; the one nobody has
    used for longest makes room. One thread at a time may use it."""

    def __init__(self, size_bytes: int, most_bytes: int) -> None:
        self._size = size_bytes
        self._most = max(1, most_bytes // size_bytes)
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `close`
        self._places: OrderedDict[int, int] = OrderedDict()

    def __contains__(self, number: int) -> bool:
        return number in self._places

    @property
    def room(self) -> int:
        """How many pictures it holds at most."""
        return self._most

    def put(self, number: int, picture: bytes) -> None:
        if number in self._places:
            return
        if len(self._places) < self._most:
            place = len(self._places)
        else:
            _, place = self._places.popitem(last=False)
        os.pwrite(self._file.fileno(), picture, place * self._size)
        self._places[number] = place

    def get(self, number: int) -> bytes | None:
        place = self._places.get(number)
        if place is None:
            return None
        self._places.move_to_end(number)
        return os.pread(self._file.fileno(), self._size, place * self._size)

    def close(self) -> None:
        self._file.close()
