"""What is looked up when somebody asks, instead of being counted as it happens."""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# Dashboards that ask together, and often, are answered from one look.
LOOK_AGAIN_SEC = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """The jobs of one kind and pool that have not ended; how long the oldest queued one waits; how
    many the pool runs at once."""

    kind: str
    pool: str
    queued: int
    running: int
    oldest_sec: float
    places: int


class Look(Collector):
    """Families that are looked up together. Those that cannot be are left out: the others are
    shown all the same."""

    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families
        self._seen: list[Metric] = []
        self._until = 0.0  # monotonic

    def collect(self) -> Iterable[Metric]:
        if time.monotonic() >= self._until:
            try:
                self._seen = list(self._families())
            except Exception:
                log.exception("metrics_not_seen")
                self._seen = []
            self._until = time.monotonic() + LOOK_AGAIN_SEC
        return self._seen


def of_queue(pools: Iterable[Waiting]) -> Iterable[Metric]:
    jobs: Counter[tuple[str, ...]] = Counter()
    depth: Counter[tuple[str, ...]] = Counter()
    running: Counter[tuple[str, ...]] = Counter()
    places: dict[tuple[str, ...], int] = {}
    oldest: dict[tuple[str, ...], float] = {}
    for each in pools:
        jobs[each.kind, "queued"] += each.queued
        jobs[each.kind, "running"] += each.running
        depth[each.pool,] += each.queued
        running[each.pool,] += each.running
        places[each.pool,] = max(places.get((each.pool,), 0), each.places)
        oldest[each.pool,] = max(oldest.get((each.pool,), 0.0), each.oldest_sec)
    yield _gauge("photoai_jobs", "Jobs that have not ended.", ("kind", "state"), jobs)
    yield _gauge("photoai_queue_depth", "Jobs that wait.", ("pool",), depth)
    yield _gauge("photoai_queue_running", "Jobs that run.", ("pool",), running)
    yield _gauge("photoai_queue_places", "Jobs that may run at once.", ("pool",), places)
    name, help = "photoai_queue_oldest_wait_seconds", "How long the oldest job has waited."
    yield _gauge(name, help, ("pool",), oldest)


def of_readiness(ready: bool) -> Iterable[Metric]:
    name, help = "photoai_queue_ready", "Whether somebody lives who runs jobs."
    yield _gauge(name, help, (), {(): float(ready)})


def of_providers(healthy: Mapping[str, bool]) -> Iterable[Metric]:
    well = {(id_,): float(is_well) for id_, is_well in healthy.items()}
    yield _gauge(
        "photoai_provider_healthy", "Whether its last calls went well.", ("provider",), well
    )


def of_venue(online: bool) -> Iterable[Metric]:
    name, help = "photoai_venue_online", "Whether providers on the internet can be reached."
    yield _gauge(name, help, (), {(): float(online)})


def of_folder(folder: Path) -> Iterable[Metric]:
    room = shutil.disk_usage(folder)
    yield _gauge("photoai_storage_free_bytes", "Room the store has left.", (), {(): room.free})
    yield _gauge("photoai_storage_size_bytes", "Room of the store's disk.", (), {(): room.total})


def of_backups(newest: Mapping[str, datetime]) -> Iterable[Metric]:
    name, help = "photoai_backup_newest_timestamp_seconds", "When the last copy was made."
    made = {(reason,): moment.timestamp() for reason, moment in newest.items()}
    yield _gauge(name, help, ("reason",), made)


def _gauge(name: str, help: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=labels)
    for of_labels, value in values.items():
        family.add_metric(of_labels, value)
    return family
