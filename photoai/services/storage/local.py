"""The store as a folder."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from photoai.flushing import GroupFlush, flush_names
from photoai.offload import Offload, run_here

from .store import StoredFile, brought, checked, copy_into, disk_with_room

UNPUBLISHED = "unpublished"


class LocalStore:
    """Files are written aside, then renamed: a key is there whole or not at all."""

    far = False

    def __init__(self, root: Path, offload: Offload = run_here) -> None:
        self._root = root
        self._offload = offload
        self._flush = GroupFlush(lambda paths: offload(flush_names, paths))
        (root / UNPUBLISHED).mkdir(parents=True, exist_ok=True)

    @contextmanager
    def write(self, key: str, *, durable: bool = True) -> Iterator[BinaryIO]:
        target = self._path(key)
        draft = self._root / UNPUBLISHED / uuid.uuid4().hex
        try:
            with disk_with_room(), draft.open("xb+") as file:
                yield file
                file.flush()
                _rename(draft, target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        if durable:
            self.flush(key)

    def adopt(self, path: Path, key: str) -> None:
        try:
            _rename(path, self._path(key))
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with path.open("rb") as file, self.write(key) as into:
                copy_into(file, into)
        else:
            self.flush(key)

    def flush(self, key: str) -> None:
        self._flush(self._path(key))

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def bring(self, key: str, path: Path) -> None:
        try:
            path.hardlink_to(self._path(key))
        except (FileNotFoundError, FileExistsError):
            raise
        except OSError:  # another file system, or one that knows no second names
            brought(self.open(key), path)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def stored(self, prefix: str) -> Iterator[StoredFile]:
        found: list[StoredFile] = self._offload(lambda: list(self._found(self._path(prefix))))
        return iter(found)

    def sweep(self, older_than: datetime) -> int:
        removed = 0
        for path in (self._root / UNPUBLISHED).iterdir():
            with suppress(FileNotFoundError):  # published meanwhile, maybe by another process
                if path.is_file() and _moment(path.stat().st_mtime) < older_than:
                    path.unlink()
                    removed += 1
        return removed

    def link(self, key: str, *, ttl_sec: float, mime: str, name: str) -> None:
        return None

    def _found(self, folder: Path) -> Iterator[StoredFile]:
        if not folder.is_dir():
            return
        for path in folder.rglob("*"):
            try:
                facts = path.stat()
            except FileNotFoundError:  # deleted while we looked
                continue
            if path.is_file():
                key = path.relative_to(self._root).as_posix()
                yield StoredFile(key, facts.st_size, _moment(facts.st_mtime))

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*checked(key).split("/"))


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def _rename(draft: Path, target: Path) -> None:
    try:
        draft.replace(target)
    except FileNotFoundError:  # the first file of its folder
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(target)
