"""Segments are made once, by one process at a time, and appear whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photoai.config import ROOT
from photoai.errors import ClipUnreadable, NotInTime
from photoai.services.video.segments import Segments, segment_key
from tests.support.waiting import wait_until

BUILDER = """
import sys, time
from pathlib import Path
from photoai.services.video.segments import Segments

def build(path):
    path.write_bytes(b"half")
    print("building", flush=True)
    time.sleep(60)

cache, into = Segments(Path(sys.argv[1]), 10**9), Path(sys.argv[2])
cache.take("key", into, build, deadline=time.monotonic() + 60)
"""


def soon() -> float:
    return time.monotonic() + 10


def writing(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None


def never(path: Path) -> None:
    raise AssertionError("It is there already.")


@pytest.fixture
def cache(tmp_path: Path) -> Segments:
    return Segments(tmp_path / "segments", 10_000)


def test_a_segment_is_built_once(cache: Segments, tmp_path: Path) -> None:
    assert cache.take("key", tmp_path / "one", writing(b"made"), deadline=soon()) is False
    assert cache.take("key", tmp_path / "two", never, deadline=soon()) is True
    assert (tmp_path / "two").read_bytes() == b"made"


def test_many_who_want_it_at_once_wait_for_the_one_who_builds(
    cache: Segments, tmp_path: Path
) -> None:
    built: list[Path] = []

    def build(path: Path) -> None:
        built.append(path)
        path.write_bytes(b"made")

    with ThreadPoolExecutor(8) as pool:
        places = [tmp_path / str(number) for number in range(8)]
        taken = list(pool.map(lambda at: cache.take("key", at, build, deadline=soon()), places))
    assert len(built) == 1
    assert sorted(taken) == [False, *[True] * 7]
    assert {place.read_bytes() for place in places} == {b"made"}


def test_nothing_is_left_of_a_build_that_failed(cache: Segments, tmp_path: Path) -> None:
    def build(path: Path) -> None:
        path.write_bytes(b"half")
        raise ClipUnreadable

    with pytest.raises(ClipUnreadable):
        cache.take("key", tmp_path / "one", build, deadline=soon())
    assert cache.take("key", tmp_path / "one", writing(b"whole"), deadline=soon()) is False
    assert (tmp_path / "one").read_bytes() == b"whole"


def test_a_builder_that_was_killed_leaves_neither_a_lock_nor_half_a_segment(
    cache: Segments, tmp_path: Path
) -> None:
    places = [str(tmp_path / "segments"), str(tmp_path / "one")]
    command = [sys.executable, "-c", BUILDER, *places]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    assert cache.take("key", tmp_path / "one", writing(b"whole"), deadline=soon()) is False
    assert (tmp_path / "one").read_bytes() == b"whole"


def test_who_waits_for_a_builder_gives_up_at_the_deadline(cache: Segments, tmp_path: Path) -> None:
    building, enough = threading.Event(), threading.Event()

    def build(path: Path) -> None:
        building.set()
        enough.wait(10)
        path.write_bytes(b"made")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.take, "key", tmp_path / "one", build, deadline=soon())
        assert building.wait(10)
        with pytest.raises(NotInTime):
            cache.take("key", tmp_path / "two", never, deadline=time.monotonic() + 0.1)
        enough.set()
        assert first.result(10) is False


def test_those_not_used_for_longest_go_and_who_has_one_keeps_it(
    cache: Segments, tmp_path: Path
) -> None:
    for number in range(3):
        cache.take(str(number), tmp_path / f"first-{number}", writing(b"x" * 4000), deadline=soon())
        os.utime(tmp_path / f"first-{number}", (number, number))
    assert cache.take("0", tmp_path / "again", writing(b"x" * 4000), deadline=soon()) is False
    assert cache.take("2", tmp_path / "last", never, deadline=soon()) is True
    assert (tmp_path / "first-0").stat().st_size == 4000
    held = sum(path.stat().st_size for path in (tmp_path / "segments").iterdir())
    assert held <= 10_000


def test_what_dead_builders_left_is_taken_away_in_time(cache: Segments, tmp_path: Path) -> None:
    left = tmp_path / "segments" / "key.1234.part.mov"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    cache.take("other", tmp_path / "one", writing(b"made"), deadline=soon())
    wait_until(lambda: not left.exists(), 5, "the rest is gone")


def test_whatever_a_segment_depends_on_makes_it_another() -> None:
    facts = {"clip": "a", "quality": "low"}
    assert segment_key(facts) == segment_key(dict(reversed(facts.items())))
    assert segment_key(facts) != segment_key({**facts, "quality": "high"})
