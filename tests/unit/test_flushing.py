"""Group commit: one flush for everybody who asked before it began."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photoai.flushing import GroupFlush, flush_file, flush_folder
from tests.support.waiting import wait_until


class Disk:
    """A flush that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.fails = False
        self.go = threading.Semaphore(0)

    def __call__(self) -> None:
        self.begun += 1
        assert self.go.acquire(timeout=10)
        if self.fails:
            raise OSError("no disk")


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_everybody_who_came_during_a_flush_shares_the_next(disk: Disk) -> None:
    flush = GroupFlush(disk)
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(flush)
        wait_until(lambda: disk.begun == 1)
        others = [pool.submit(flush) for _ in range(19)]
        wait_until(lambda: len(flush._changed._waiters) == 19)  # type: ignore[attr-defined]
        disk.go.release()
        first.result(10)
        wait_until(lambda: disk.begun == 2)
        assert not any(other.done() for other in others), "the first began before they asked"
        disk.go.release()
        for other in others:
            other.result(10)
    assert disk.begun == 2


def test_a_flush_that_fails_is_tried_again_by_whoever_still_waits(disk: Disk) -> None:
    flush = GroupFlush(disk)
    disk.fails = True
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(flush)
        wait_until(lambda: disk.begun == 1)
        others = [pool.submit(flush) for _ in range(2)]
        wait_until(lambda: len(flush._changed._waiters) == 2)  # type: ignore[attr-defined]
        for _ in range(3):
            disk.go.release()
        for each in (first, *others):
            with pytest.raises(OSError, match="no disk"):
                each.result(10)
    assert disk.begun == 3
    disk.fails = False
    disk.go.release()
    flush()


def test_files_and_folders_are_flushed_and_missing_ones_told(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x")
    flush_file(tmp_path / "there")
    flush_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        flush_file(tmp_path / "gone")
