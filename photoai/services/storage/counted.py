"""Another store, its failures and what is written counted. A file that is not there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from photoai.errors import Unavailable
from photoai.services.metrics import Metrics

from .store import Store, StoredFile


class CountedStore:
    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self.far = store.far

    @contextmanager
    def write(self, key: str, *, durable: bool = True) -> Iterator[BinaryIO]:
        with self._counting("write"):
            with self._store.write(key, durable=durable) as file:
                yield file
                size_bytes = file.seek(0, os.SEEK_END)
            self._wrote(key, size_bytes)

    def adopt(self, path: Path, key: str) -> None:
        with self._counting("write"):
            size_bytes = path.stat().st_size
            self._store.adopt(path, key)
            self._wrote(key, size_bytes)

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
            self._metrics.store_failed(operation)
            raise

    def _wrote(self, key: str, size_bytes: int) -> None:
        self._metrics.stored(key.partition("/")[0], size_bytes)
