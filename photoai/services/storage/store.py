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

    def write(self, key: str) -> AbstractContextManager[BinaryIO]:
        """A new file, readable while it is written; published whole and durable at the end of
        the block, left behind by nothing when the block raises.

        Raises:
            StorageFull: there is no room.
        """

    def open(self, key: str) -> BinaryIO:
        """The file's bytes, seekable. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Remove the file; a missing one is fine."""

    def stored(self, prefix: str) -> Iterator[StoredFile]:
        """Every published file whose key begins with `prefix`, a folder's name."""

    def sweep(self, older_than: datetime) -> int:
        """Remove unpublished remains of writers that died before `older_than`; how many."""
