"""A conversion in the process it has in a server: what it holds, and what is left of it."""

from __future__ import annotations

import os
import statistics
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from photoai.errors import ChildFailed, PhotoaiError, RenderFailed
from photoai.services.jobs import Child
from tests.support.clips import Clips, ffmpeg
from tests.support.converting import Converter, conversion
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
WORK = "photoai.services.ascii.converting:convert"
MB = 1 << 20


class Working(threading.Thread):
    """A child at work, and how it ended."""

    def __init__(self, clip: Path, folder: Path, *kinds: str, **wishes: Any) -> None:
        super().__init__()
        self.child = Child(WORK, conversion(clip, *kinds, **wishes), folder)
        self.error: PhotoaiError | None = None
        self.done = 0
        self.start()

    def run(self) -> None:
        try:
            self.child.run(lambda *_: None, self._heard)
        except PhotoaiError as error:
            self.error = error

    def _heard(self, told: dict[str, Any]) -> None:
        self.done = told["frames"]["done"]

    @property
    def family(self) -> list[psutil.Process]:
        """Every process of its session, the leader first, whoever its parent is by now."""
        leader = self.child._process
        if leader is None:
            return []
        found = []
        for process in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == leader.pid and process.status() != "zombie":
                    found.append(process)
        return sorted(found, key=lambda process: process.pid != leader.pid)

    @property
    def encoders(self) -> list[psutil.Process]:
        """The decoder first, then what encodes."""
        return [process for process in self.family if "ffmpeg" in process.name()]

    def held_mb(self) -> float:
        total = 0
        for each in self.family:
            with suppress(psutil.NoSuchProcess):
                total += each.memory_info().rss
        return total / MB


@pytest.fixture
def long_clip(clips: Clips) -> Path:
    return clips.make("testsrc2", size="640x360", sec=60.0)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        pytest.param(lambda working: working.child.kill(), ChildFailed, id="cancelled"),
        pytest.param(lambda working: working.family[0].kill(), ChildFailed, id="child killed"),
        pytest.param(lambda working: working.encoders[0].kill(), RenderFailed, id="decoder"),
        pytest.param(lambda working: working.encoders[-1].kill(), RenderFailed, id="encoder"),
    ],
)
def test_nothing_is_left_running(
    converted: Converter,
    long_clip: Path,
    end: Callable[[Working], None],
    error: type[PhotoaiError],
) -> None:
    working = Working(long_clip, converted.work(), "mp4", "gif", "txt", "png")
    wait_until(lambda: working.done > 20 and len(working.encoders) == 2, 30)
    end(working)
    working.join(20)
    assert isinstance(working.error, error)
    wait_until(lambda: not working.family, 5, "all of them are gone")


def test_memory_does_not_grow_with_the_video(converted: Converter, tmp_path: Path) -> None:
    clip = tmp_path / "ten-minutes.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=600"),
        *("-f", "lavfi", "-i", "sine=d=600", "-preset", "ultrafast", "-g", "50", clip),
    )
    working, seen = Working(clip, converted.work(), "mp4", "txt", "png"), []
    while working.is_alive():
        working.join(0.25)
        seen.append((working.done, working.held_mb()))
    assert working.error is None
    assert working.done == 15000
    early = statistics.median(mb for done, mb in seen if 1500 < done < 4500)
    late = statistics.median(mb for done, mb in seen if done > 10500)
    assert late - early < 30
    assert max(mb for _, mb in seen) < 700
