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
from tests.emulators import gemini, openai
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.openai import OpenaiEmulator
from tests.support import photos
from tests.support.server import Server

from .bench import Probe, Row, configure, percentile

CALLS = 300
# The first is how long Gemini takes for an image, the second how long for the other benchmarks.
CALL_SEC = (15, 5)
LARGE = 8


def provider_fanout() -> Iterator[Row]:
    """Calls of Gemini, through the real SDK, and of OpenAI at once, and what large photos to each
    of them cost others."""
    with GeminiEmulator() as google, OpenaiEmulator() as drawer:
        for seconds in CALL_SEC:
            yield _overlap("gemini", google.url, seconds)
        yield _overlap("openai", drawer.base_url, CALL_SEC[0])
        yield from _large_photos("gemini", gemini.KEY, google.url)
        yield from _large_photos("openai", openai.KEY, drawer.base_url)


def _overlap(provider: str, url: str, seconds: int) -> Row:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.fanout", provider, url, str(CALLS), str(seconds)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    one, all_ = map(float, told.stdout.split())
    return Row(
        "provider_fanout",
        f"{CALLS} calls of {provider} at once, {seconds} s each",
        all_ / one,
        "× one call",
        f"{one:.1f} s one call",
        "≤ 1.2" if seconds == CALL_SEC[0] else "",
    )


def _large_photos(provider: str, key: str, url: str) -> Iterator[Row]:
    photo = photos.heavy_jpeg()
    env = {f"{provider}_api_key".upper(): key, f"{provider}_base_url".upper(): url}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), env=env) as server:
        configure(server, "say=photo", provider=provider)
        server.booth.send(photo)  # what is loaded once a process is loaded
        with Probe(server.url, 0.002) as idle:
            time.sleep(1)
        with Probe(server.url, 0.002) as busy, ThreadPoolExecutor(LARGE) as pool:
            answers = list(pool.map(lambda _: server.booth.send(photo), range(LARGE)))
    assert all(answer.status == 200 for answer in answers), answers[0].body
    base = statistics.median(idle.ms)
    yield Row(
        "provider_fanout",
        f"{LARGE} photos of {len(photo) / 1e6:.0f} MB to {provider}: worst delay of others",
        max(busy.ms) - base,
        "ms",
        f"{max(idle.ms) - base:.1f} ms worst when idle",
        "≤ 50",
    )
    rest = f"{provider}: p99 delay of others"
    yield Row("provider_fanout", rest, percentile(busy.ms, 99) - base, "ms")
