"""The storage port: where bytes live that outlast a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class StoredFile:
    """`key` as it was written, its size and when it was published (UTC)."""

    key: str
    size_bytes: int
    modified: datetime


class Store(Protocol):
    """Keys are made by the server, never by a client: `originals/…`, `results/…`, `media/…`."""

    def write(self, key: str, *, durable: bool = True) -> AbstractContextManager[BinaryIO]:
        """A new file, readable while it is written; published whole at the end of the block,
        gone without a trace when the block raises. Unless `durable`, a power cut within the next
        seconds may still lose it; a killed process may not.

        Raises:
            StorageFull: there is no room.
        """

    def flush(self, key: str) -> None:
        """Return when a file that was written without `durable` is."""

    def open(self, key: str) -> BinaryIO:
        """The file's bytes, seekable. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Remove the file; a missing one is fine."""

    def stored(self, prefix: str) -> Iterator[StoredFile]:
        """Every published file whose key begins with `prefix`, a folder's name."""

    def sweep(self, older_than: datetime) -> int:
        """Remove unpublished remains of writers that died before `older_than`; how many."""
