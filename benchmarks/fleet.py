"""Many processes on one PostgreSQL: how soon a job starts, how throughput grows with workers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.emulators.example import ExampleEmulator
from tests.support import photos
from tests.support.example import catalogue
from tests.support.fleet import Fleet
from tests.support.ledger import jobs
from tests.support.postgres import Postgres

from .bench import Probe, Row, configure, percentile
from .crowd import CrowdProcess

LATENCY_PHOTOS, PAUSE_SEC = 200, 0.05
WAITING = (100, 300, 1000)
SCALING_PHOTOS, SLEEP_SEC, AT_ONCE = 80, 0.5, 4


@contextmanager
def fleet(prompt: str, workers: int, **env: str) -> Iterator[Fleet]:
    """One web process and some workers, with room at the provider for everybody."""
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as name,
        ExampleEmulator() as emulator,
        Postgres(durable=True) as cluster,
    ):
        folder = Path(name)
        settings = {
            "EXAMPLE_URL": emulator.url,
            "PROVIDERS_FILE": str(catalogue(folder, max_parallel_jobs=1000)),
            "QUEUE_MAX_SIZE": "2000",
            "RATE_LIMIT_ENABLED": "false",
            **env,
        }
        database = cluster.create_database()
        with Fleet(folder / "fleet", database, settings, webs=1, workers=workers) as running:
            configure(running.web, prompt)
            running.web.booth.send(photos.booth_jpeg())
            yield running


def queue_latency() -> Iterator[Row]:
    """From a photo's arrival to its start in a worker, one after the other."""
    with fleet("delay=0", workers=2) as running:
        for _ in range(LATENCY_PHOTOS):
            running.web.booth.send(photos.booth_jpeg())
            time.sleep(PAUSE_SEC)
        waits = [_wait_ms(job) for job in jobs(running.session())]
    for percent, budget in ((50, ""), (95, "≤ 60 ms")):
        figure = f"arrival → start in a worker, p{percent} of {len(waits)}"
        yield Row("queue_latency", figure, percentile(waits, percent), "ms", "", budget)


def queue_scaling() -> Iterator[Row]:
    """Jobs that only sleep, four at once in each worker: one worker against more."""
    alone = 0.0
    for workers in (1, 2, 4):
        with fleet(f"delay={SLEEP_SEC}", workers, WORKER_CONCURRENCY=str(AT_ONCE)) as running:
            crowd = CrowdProcess(running.web.booth, SCALING_PHOTOS)
            crowd.go()
            per_sec = SCALING_PHOTOS / crowd.result().seconds
        alone = alone or per_sec
        figure = f"jobs a second, {workers} worker(s), ideal {AT_ONCE / SLEEP_SEC * workers:.0f}"
        yield Row("queue_scaling", figure, per_sec, "/s", f"{per_sec / alone:.1f} × one worker")


def fleet_waiting() -> Iterator[Row]:
    """Photos that wait at once in one web process, on a provider that takes 5 s."""
    for count in WAITING:
        with fleet("delay=5", workers=2, WORKER_CONCURRENCY=str(count)) as running:
            crowd = CrowdProcess(running.web.booth, count)
            with Probe(running.web.url) as probe:
                crowd.go()
                came = crowd.result()
        figure = f"{came.finished} of {count} answered within"
        yield Row("fleet_waiting", figure, came.seconds, "s", "5 s", "all" if count == 300 else "")
        yield Row("fleet_waiting", f"{count}: /healthz p99", percentile(probe.ms, 99), "ms")


def _wait_ms(job: dict[str, Any]) -> float:
    created, started = (datetime.fromisoformat(job[name]) for name in ("created_at", "started_at"))
    return (started - created).total_seconds() * 1000
