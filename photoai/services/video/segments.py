"""The segment cache: prepared parts of videos on this machine's disk, by what they are made of.

A segment is built by one process at a time, whoever else wants it waits for that one; it appears
whole or not at all, so that what a killed process has finished is there for the next try. The
cache is bounded: those not used for longest go first. Who uses a segment has a link of its own to
it, which outlasts that.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from photoai.errors import NotInTime

LOOK_SEC = 0.05
# What a process that died while it built has left is taken away after this long.
LEFTOVERS_LIVE_SEC = 3600.0
MADE, LOCK, PART = ".mov", ".lock", ".part"


def segment_key(facts: Mapping[str, Any]) -> str:
    """The SHA-256 of everything the segment depends on."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Segments:
    """`folder` is shared by all processes of this machine; `max_bytes` bounds what it holds."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, key: str, into: Path, build: Callable[[Path], None], *, deadline: float) -> bool:
        """Link the segment with this key to `into`, built first by `build(path)` unless it is
        there; whether it was. `deadline` is a `time.monotonic()` value.

        Raises:
            NotInTime: another process was still building it at the deadline.
            whatever `build` raises; then nothing of it is left.
        """
        if self._linked(key, into):
            return True
        with self._alone(key, deadline):
            if self._linked(key, into):
                return True
            self._build(key, build)
            self._linked(key, into)
        self._make_room()
        return False

    def drop(self, key: str, taken: Path) -> None:
        """Take out the segment that was linked to `taken`, unless another is there by now."""
        made = self._folder / (key + MADE)
        with contextlib.suppress(FileNotFoundError):  # another process dropped it as well
            if made.samefile(taken):
                made.unlink()

    def _linked(self, key: str, into: Path) -> bool:
        made = self._folder / (key + MADE)
        try:
            os.utime(made)  # used just now
            os.link(made, into)
        except FileNotFoundError:
            return False
        return True

    def _build(self, key: str, build: Callable[[Path], None]) -> None:
        part = self._folder / f"{key}.{os.getpid()}{PART}{MADE}"
        try:
            build(part)
            _flush(part)  # a power cut must not leave half a segment under a whole one's name
            part.rename(self._folder / (key + MADE))
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def _alone(self, key: str, deadline: float) -> Iterator[None]:
        """The lock ends with the process that holds it, however that ends."""
        with (self._folder / (key + LOCK)).open("w") as lock:
            while True:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                if time.monotonic() >= deadline:
                    raise NotInTime
                time.sleep(LOOK_SEC)
            yield

    def _make_room(self) -> None:
        """Remove the segments not used for longest, and what dead builders have left."""
        made: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process tidies as well
                found = path.stat()
                if path.name.endswith((LOCK, PART + MADE)):
                    if found.st_mtime < time.time() - LEFTOVERS_LIVE_SEC:
                        path.unlink()
                    continue
                made.append((found.st_mtime, found.st_size, path))
        held = sum(size for _, size, _ in made)
        for _, size, path in sorted(made):
            if held <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            held -= size


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
