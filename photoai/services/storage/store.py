"""The storage port: where bytes live that outlast a request."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from photoai.errors import StorageFull, StorageUnavailable
from photoai.offload import look_around

PIECE_BYTES = 1 << 20
IN_MEMORY_BYTES = 1 << 20  # larger ones are on the disk while they are at hand
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
RETRY_FULL_SEC = 30


@dataclass(frozen=True)
class StoredFile:
    """`key` as it was written, its size and when it was published (UTC)."""

    key: str
    size_bytes: int
    modified: datetime


class Store(Protocol):
    """Keys are made by the server, never by a client: `originals/…`, `results/…`, `media/…`.

    Every method but `link` raises StorageUnavailable while the storage does not answer, also when
    a file is read that was opened before. `far` says that publishing waits for a network.
    """

    far: bool

    def write(self, key: str, *, durable: bool = True) -> AbstractContextManager[BinaryIO]:
        """A new file, readable while it is written; published whole at the end of the block,
        gone without a trace when the block raises. Unless `durable`, a power cut within the next
        seconds may still lose it; a killed process may not.

        Raises:
            StorageFull: there is no room.
        """

    def adopt(self, path: Path, key: str) -> None:
        """Publish a finished file of this machine, as `write` does, durably. It belongs to the
        store from now on: at `path` it may be gone.

        Raises:
            StorageFull: there is no room.
        """

    def flush(self, key: str) -> None:
        """Return when a file that was written without `durable` is."""

    def open(self, key: str) -> BinaryIO:
        """The file's bytes, seekable. Raises FileNotFoundError, which reading does too when they
        are gone by then: what is read is never a mix of two files."""

    def bring(self, key: str, path: Path) -> None:
        """Make the file readable at `path`, where none may be yet. It must not be written to: it
        may be the stored one by another name.

        Raises:
            FileNotFoundError: there is none.
            StorageFull: there is no room on this machine.
        """

    def delete(self, key: str) -> None:
        """Remove the file; a missing one is fine."""

    def stored(self, prefix: str) -> Iterator[StoredFile]:
        """Every published file whose key begins with `prefix`, a folder's name."""

    def sweep(self, older_than: datetime) -> int:
        """Remove unpublished remains of writers that died before `older_than`; how many."""

    def link(self, key: str, *, ttl_sec: float, mime: str, name: str) -> str | None:
        """An address where anybody may fetch the file for `ttl_sec` seconds, as a download called
        `name`; None when this storage has no address of its own."""


def checked(key: str) -> str:
    """The key. Raises ValueError for what cannot be one of ours."""
    if not is_key(key):
        raise ValueError(f"Not a key of ours: {key!r}")
    return key


def is_key(text: str) -> bool:
    """Whether it names a place inside the storage, the same one in every kind of it."""
    return all(part and part not in {".", ".."} and "\0" not in part for part in text.split("/"))


def copy_into(source: BinaryIO, into: BinaryIO) -> None:
    """All that is left in `source`, letting others in between two pieces."""
    while piece := source.read(PIECE_BYTES):
        into.write(piece)
        look_around()


def brought(file: BinaryIO, path: Path) -> None:
    """What `file` holds, at `path` or, when that cannot be, nothing. Raises StorageFull."""
    with disk_with_room(), file, path.open("xb") as into:
        try:
            copy_into(file, into)
        except BaseException:
            path.unlink()
            raise


def at_hand(file: BinaryIO) -> BinaryIO:
    """All of it on this machine, nameless: nobody can take it away from who reads it any more.

    Raises:
        FileNotFoundError: somebody has, before it was here.
        StorageFull: there is no room on this machine.
    """
    here = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))  # noqa: SIM115
    try:
        with disk_with_room(), file:
            copy_into(file, here)
    except BaseException:
        here.close()
        raise
    here.seek(0)
    return here


def discard(store: Store, key: str) -> None:
    """Delete a file no row names; while the storage is away, that is left to upkeep."""
    with suppress(StorageUnavailable):
        store.delete(key)


def keep_all(store: Store, files: Mapping[str, Path]) -> None:
    """Take over files under their keys, all of them or none. Raises as `Store.adopt`."""
    try:
        for key, path in files.items():
            store.adopt(path, key)
    except BaseException:
        for key in files:
            discard(store, key)
        raise


@contextmanager
def disk_with_room() -> Iterator[None]:
    """Raises StorageFull when something inside finds the disk full."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull(retry_after=RETRY_FULL_SEC) from error
        raise
