"""The folders merges work in, on this machine's disk; several processes may share them."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WorkFolders:
    """One folder for each attempt. A process that dies leaves its own behind; after `lives_sec` of
    a folder, longer than any attempt may take, nobody can still be working there."""

    def __init__(self, root: Path, lives_sec: float) -> None:
        self._root = root
        self._lives_sec = lives_sec

    @contextmanager
    def attempt(self, public_id: str, attempt: int) -> Iterator[Path]:
        """A job's folder for this attempt. The earlier ones have lost the job, dead or alive: what
        they left is removed."""
        self.remove_leftovers()  # no other machine's upkeep does
        for earlier in range(attempt):
            self._remove(self._root / f"{public_id}.{earlier}")
        with self.own(f"{public_id}.{attempt}") as folder:
            yield folder

    @contextmanager
    def own(self, name: str) -> Iterator[Path]:
        """A folder that is gone when the block ends."""
        folder = self._root / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield folder
        finally:
            self._remove(folder)

    def remove_leftovers(self) -> None:
        """Of attempts that ended long ago without a chance to tidy up."""
        too_old = time.time() - self._lives_sec
        for folder in self._root.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # another process tidies as well
                if folder.stat().st_mtime < too_old:
                    self._remove(folder)

    def _remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
