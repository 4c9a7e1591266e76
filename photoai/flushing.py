"""What must survive a power cut reaches the disk: fsync, away from the event loop."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path


class GroupFlush:
    """One flush serves everybody who asked before it began (group commit)."""

    def __init__(self, flush: Callable[[], object]) -> None:
        self._flush = flush
        self._changed = threading.Condition()
        self._begun = self._ended = 0
        self._running = False

    def __call__(self) -> None:
        """Return when a flush that began after this call has succeeded; raises what it raised."""
        with self._changed:
            wanted = self._begun + 1
            while self._running:
                self._changed.wait()
                if self._ended >= wanted:
                    return
            self._running = True
            self._begun = mine = self._begun + 1
        try:
            self._flush()
            ended = mine
        except BaseException:
            ended = self._ended  # whoever waited for this one tries it again
            raise
        finally:
            with self._changed:
                self._running, self._ended = False, ended
                self._changed.notify_all()


def flush_file(path: Path) -> None:
    """Raises OSError, FileNotFoundError among them."""
    _flush(path, os.O_RDONLY)


def flush_folder(path: Path) -> None:
    """The names in a folder: a rename is durable once its folder is."""
    _flush(path, os.O_RDONLY | os.O_DIRECTORY)


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
