"""The web process itself: what it weighs, how fast it starts."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from photoai.config import ROOT
from tests.support import photos
from tests.support.server import Server
from tests.support.waiting import wait_until

from .bench import Row, answers


def idle_memory() -> Iterator[Row]:
    """The web process at rest, before and after its first photo."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        yield Row("idle_memory", "RSS after the start", _rss(server), "MB", "", "≤ 160, aim 100")
        server.booth.send(photos.guest())
        yield Row("idle_memory", "RSS after a first photo", _rss(server), "MB")


def startup() -> Iterator[Row]:
    """`bin/serve`, second start: from the command to the first answer."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        with server:
            pass
        times = sorted(_start(server) for _ in range(5))
    yield Row(
        "startup", "second start to first answer, median of 5", times[2], "s", "", "≤ 4, aim 2"
    )


def _start(server: Server) -> float:
    started = time.monotonic()
    process = subprocess.Popen(
        [str(ROOT / "bin" / "serve")],
        env=server.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(server.port), 30, "the first answer")
        return time.monotonic() - started
    finally:
        process.terminate()
        process.wait(20)


def _rss(server: Server) -> float:
    return float(server.worker.memory_info().rss / 1e6)
