"""Ingest: what we add to a provider's own time, and how many photos may wait at once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from tests.support import photos
from tests.support.booth import Booth
from tests.support.server import Server

from .bench import Probe, Row, bare_flask, configure, percentile, photoai
from .crowd import CrowdProcess

ROUNDS = 300


def ingest_overhead() -> Iterator[Row]:
    """A 52 kB photo, the provider answering at once: the median we add to a bare Flask view."""
    photo = photos.booth_jpeg()
    with photoai(max_parallel_jobs=8) as server, bare_flask() as bare:
        ours, theirs = [], []
        for turn in range(ROUNDS + 20):
            pair = (_timed(server.booth, photo), _timed(bare, photo))
            if turn >= 20:  # warmed up
                ours.append(pair[0])
                theirs.append(pair[1])
    base = statistics.median(theirs)
    added = statistics.median(ours) - base
    yield Row(
        "ingest_overhead",
        f"median added, {len(photo) // 1000} kB",
        added,
        "ms",
        f"{base:.1f} ms bare Flask",
        "≤ 12, aim 6",
    )
    yield Row("ingest_overhead", "p95 added", percentile(ours, 95) - percentile(theirs, 95), "ms")


def ingest_waiting() -> Iterator[Row]:
    """Photos waiting at once on a provider that takes 5 s, one web process."""
    for count in (10, 100, 300, 1000):
        yield from _waiting(count)


def _waiting(count: int) -> Iterator[Row]:
    with bare_flask("delay=5") as bare:
        crowd = CrowdProcess(bare, count)
        crowd.go()
        least = crowd.result()
    with photoai("delay=5", max_parallel_jobs=count) as server:
        crowd = CrowdProcess(server.booth, count)
        with Probe(server.url) as probe:
            crowd.go()
            answers = crowd.result()
    budget = "≤ 7 s" if count == 300 else ""
    base = f"{least.seconds:.1f} s bare Flask"
    figure = f"{answers.finished} of {count} answered within"
    yield Row("ingest_waiting", figure, answers.seconds, "s", base, budget)
    limit = "≤ 100" if count == 300 else ""
    yield Row("ingest_waiting", f"{count}: /healthz p99", percentile(probe.ms, 99), "ms", "", limit)


def big_photo() -> Iterator[Row]:
    """A 24-megapixel photo arrives while 50 others wait: how long anybody else is held up."""
    big = photos.big_jpeg(24)
    with photoai("delay=8", max_parallel_jobs=60) as server:
        configure(server, "vivid", "slot-002", "local")
        crowd = CrowdProcess(server.booth, 50)
        crowd.go()
        _all_wait(server, 50)
        server.booth.send(photos.booth_jpeg(), slot="slot-002")  # OpenCV is loaded once a process
        with Probe(server.url, 0.002) as idle:
            time.sleep(1)
        with Probe(server.url, 0.002) as busy:
            answer = server.booth.send(big, slot="slot-002")
        crowd.result()
    assert answer.status == 200, answer.body
    base = statistics.median(idle.ms)
    idle_worst = max(idle.ms) - base
    yield Row(
        "big_photo",
        f"worst delay of another request ({len(big) / 1e6:.0f} MB)",
        max(busy.ms) - base,
        "ms",
        f"{idle_worst:.1f} ms worst when idle",
        "≤ 50, aim 20",
    )
    yield Row("big_photo", "p99 delay of another request", percentile(busy.ms, 99) - base, "ms")
    yield Row("big_photo", "24 megapixels finished in", answer.seconds, "s")


def _all_wait(server: Server, count: int) -> None:
    from tests.support.waiting import wait_until

    with server.session() as serg:
        wait_until(
            lambda: serg.get("/api/tasks?state=running").json()["meta"]["total"] >= count, 20
        )


def _timed(booth: Booth, photo: bytes) -> float:
    answer = booth.send(photo, expect=False)
    assert answer.status == 200, answer.body
    return answer.seconds * 1000
