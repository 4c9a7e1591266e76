"""Group commit: one flush for everybody who asked before it began."""

from __future__ import annotations

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from photoai import flushing
from photoai.flushing import GroupFlush, flush_files, flush_names
from tests.support.waiting import wait_until

A, B = Path("a"), Path("b")


class Disk:
    """A flush that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.flushed: list[set[Path]] = []
        self.fails = False
        self.go = threading.Semaphore(0)

    def __call__(self, paths: Collection[Path]) -> None:
        self.begun += 1
        self.flushed.append(set(paths))
        assert self.go.acquire(timeout=10)
        if self.fails:
            raise OSError("no disk")


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_everybody_who_came_during_a_flush_shares_the_next(disk: Disk) -> None:
    flush = GroupFlush(disk)
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(flush, A)
        wait_until(lambda: disk.begun == 1)
        others = [pool.submit(flush, Path(str(n))) for n in range(19)]
        wait_until(lambda: len(flush._changed._waiters) == 19)  # type: ignore[attr-defined]
        disk.go.release()
        first.result(10)
        wait_until(lambda: disk.begun == 2)
        assert not any(other.done() for other in others), "the first began before they asked"
        disk.go.release()
        for other in others:
            other.result(10)
    assert disk.flushed == [{A}, {Path(str(n)) for n in range(19)}]


def test_a_flush_that_fails_is_tried_again_by_whoever_still_waits(disk: Disk) -> None:
    flush = GroupFlush(disk)
    disk.fails = True
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(flush, A)
        wait_until(lambda: disk.begun == 1)
        others = [pool.submit(flush, B) for _ in range(2)]
        wait_until(lambda: len(flush._changed._waiters) == 2)  # type: ignore[attr-defined]
        for _ in range(3):
            disk.go.release()
        for each in (first, *others):
            with pytest.raises(OSError, match="no disk"):
                each.result(10)
    assert disk.begun == 3
    disk.fails = False
    disk.go.release()
    flush(A)
    assert disk.flushed == [{A}, {A, B}, {A, B}, {A, B}], "what failed is flushed with the next"


def test_in_a_crowd_a_flush_waits_for_others(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    gathers, joined = threading.Event(), threading.Event()

    def gather(seconds: float) -> None:
        # As long as many wait; the first may just be leaving.
        assert seconds in {2 * flushing.GATHER_SEC, 3 * flushing.GATHER_SEC}
        gathers.set()
        assert joined.wait(10)

    monkeypatch.setattr(flushing, "time", SimpleNamespace(sleep=gather))
    flush = GroupFlush(disk)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(flush, A)
        wait_until(lambda: disk.begun == 1)
        assert not gathers.is_set(), "nobody else was there"
        crowd = [pool.submit(flush, B) for _ in range(2)]
        wait_until(lambda: len(flush._changed._waiters) == 2)  # type: ignore[attr-defined]
        disk.go.release()
        first.result(10)
        assert gathers.wait(10)
        crowd.append(pool.submit(flush, A))
        wait_until(lambda: len(flush._changed._waiters) == 2)  # type: ignore[attr-defined]
        joined.set()
        disk.go.release()
        for each in crowd:
            each.result(10)
    assert disk.flushed == [{A}, {A, B}]


def test_files_and_folders_are_flushed_and_what_is_gone_needs_no_flush(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x")
    flush_files([tmp_path / "there", tmp_path / "gone"])
    flush_names([tmp_path / "there", tmp_path / "gone"])
