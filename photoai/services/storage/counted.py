"""Another store, its failures counted. A file that is not there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from photoai.errors import Unavailable

from .store import Store, StoredFile


class CountedStore:
    def __init__(self, store: Store, failed: Callable[[str], None]) -> None:
        """`failed` is told which operation."""
        self._store = store
        self._failed = failed
        self.far = store.far

    @contextmanager
    def write(self, key: str, *, durable: bool = True) -> Iterator[BinaryIO]:
        with self._counting("write"), self._store.write(key, durable=durable) as file:
            yield file

    def adopt(self, path: Path, key: str) -> None:
        with self._counting("write"):
            self._store.adopt(path, key)

    def flush(self, key: str) -> None:
        with self._counting("flush"):
            self._store.flush(key)

    def open(self, key: str) -> BinaryIO:
        with self._counting("open"):
            return self._store.open(key)

    def bring(self, key: str, path: Path) -> None:
        with self._counting("open"):
            self._store.bring(key, path)

    def delete(self, key: str) -> None:
        with self._counting("delete"):
            self._store.delete(key)

    def stored(self, prefix: str) -> Iterator[StoredFile]:
        with self._counting("list"):
            yield from self._store.stored(prefix)

    def sweep(self, older_than: datetime) -> int:
        with self._counting("sweep"):
            return self._store.sweep(older_than)

    def link(self, key: str, *, ttl_sec: float, mime: str, name: str) -> str | None:
        return self._store.link(key, ttl_sec=ttl_sec, mime=mime, name=name)

    @contextmanager
    def _counting(self, operation: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, Unavailable):
            self._failed(operation)
            raise
