"""What must survive a power cut reaches the disk: fsync, away from the event loop."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

# In a crowd a flush waits for others to join it, the longer the larger the crowd: every way to a
# thread and back holds up the event loop a little, and new files wait for the disk's journal.
GATHER_SEC, MOST_GATHER_SEC = 0.002, 0.1


class GroupFlush:
    """One flush serves everybody who asked before it began (group commit)."""

    def __init__(self, flush: Callable[[Collection[Path]], object]) -> None:
        self._flush = flush
        self._changed = threading.Condition()
        self._asked: set[Path] = set()
        self._asking = 0
        self._begun = self._ended = 0
        self._running = False

    def __call__(self, path: Path) -> None:
        """Return when a flush of `path` that began after this call has succeeded; raises what it
        raised."""
        with self._changed:
            self._asked.add(path)
            self._asking += 1
            wanted = self._begun + 1
        try:
            if self._leads(wanted):
                self._lead()
        finally:
            with self._changed:
                self._asking -= 1

    def _leads(self, wanted: int) -> bool:
        """Whether nobody else has done it, and it is the caller's turn to do it."""
        with self._changed:
            while self._running:
                self._changed.wait()
                if self._ended >= wanted:
                    return False
            self._running = True
            return True

    def _lead(self) -> None:
        ended = self._ended
        paths: set[Path] = set()
        try:
            if self._asking > 1:
                time.sleep(min(MOST_GATHER_SEC, GATHER_SEC * self._asking))
            with self._changed:
                self._begun += 1
                paths, self._asked = self._asked, set()
            self._flush(paths)
            ended = self._begun
        except BaseException:
            with self._changed:
                self._asked |= paths  # whoever waited for this one tries it again
            raise
        finally:
            with self._changed:
                self._running, self._ended = False, ended
                self._changed.notify_all()


def flush_files(paths: Collection[Path]) -> None:
    """What is not there any more need not be flushed."""
    for path in paths:
        with suppress(FileNotFoundError):
            _flush(path, os.O_RDONLY)


def flush_names(paths: Collection[Path]) -> None:
    """The files and that they are called so: a rename is durable once its folder is."""
    flush_files(paths)
    for folder in {path.parent for path in paths}:
        _flush(folder, os.O_RDONLY | os.O_DIRECTORY)


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
