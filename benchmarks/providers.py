"""Providers: many calls side by side, and large photos on their way to one."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from photoai.config import ROOT
from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.server import Server

from .bench import Probe, Row, configure, percentile

CALLS = 300
# The first is how long Gemini takes for an image, the second how long for the other benchmarks.
CALL_SEC = (15, 5)
LARGE = 8


def provider_fanout() -> Iterator[Row]:
    """Calls of Gemini at once, through the real SDK, and what large photos to it cost others."""
    with GeminiEmulator() as emulator:
        for seconds in CALL_SEC:
            yield _overlap(emulator, seconds)
        yield from _large_photos(emulator)


def _overlap(emulator: GeminiEmulator, seconds: int) -> Row:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.fanout", emulator.url, str(CALLS), str(seconds)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    one, all_ = map(float, told.stdout.split())
    return Row(
        "provider_fanout",
        f"{CALLS} calls of {seconds} s at once",
        all_ / one,
        "× one call",
        f"{one:.1f} s one call",
        "≤ 1.2" if seconds == CALL_SEC[0] else "",
    )


def _large_photos(emulator: GeminiEmulator) -> Iterator[Row]:
    photo = photos.heavy_jpeg()
    env = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": emulator.url}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), env=env) as server:
        configure(server, "say=photo", provider="gemini")
        server.booth.send(photo)  # what is loaded once a process is loaded
        with Probe(server.url, 0.002) as idle:
            time.sleep(1)
        with Probe(server.url, 0.002) as busy, ThreadPoolExecutor(LARGE) as pool:
            answers = list(pool.map(lambda _: server.booth.send(photo), range(LARGE)))
    assert all(answer.status == 200 for answer in answers), answers[0].body
    base = statistics.median(idle.ms)
    yield Row(
        "provider_fanout",
        f"{LARGE} photos of {len(photo) / 1e6:.0f} MB to Gemini: worst delay of others",
        max(busy.ms) - base,
        "ms",
        f"{max(idle.ms) - base:.1f} ms worst when idle",
        "≤ 50",
    )
    yield Row("provider_fanout", "p99 delay of others", percentile(busy.ms, 99) - base, "ms")
