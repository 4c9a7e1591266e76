"""Folders to work in for a moment."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Nobody works in one for so long: who has made it is dead.
LEFT_SEC = 3600.0


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder of its own, gone when the block ends. What dead processes have left behind goes when
    the next one is made on this machine."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - LEFT_SEC:
                shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix) as made:
        yield Path(made)
