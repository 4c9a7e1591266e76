"""How long it will take: a job's place in the queue, and the seconds until it has ended."""

from __future__ import annotations

import statistics
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from photoai.db import Database
from photoai.models import Job, JobState
from photoai.services.clock import utcnow

from .states import JOBS
from .tasks import Tasks, pool_of

# How long a provider usually takes is told by the newest jobs, and looked up now and then.
LOOKED_AT, EVERY_SEC = 500, 10.0

Sort = tuple[str, str | None]  # kind and provider


@dataclass(frozen=True)
class Outlook:
    """`queue_position` counts from 1 and is None once the job left the queue; `eta_sec` is None
    when nothing is known; `overdue` says that it takes longer than usual already."""

    queue_position: int | None = None
    eta_sec: float | None = None
    overdue: bool = False


class Outlooks:
    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._db = database
        self._tasks = tasks
        self._usual: Mapping[Sort, float] = {}
        self._usual_due = 0.0
        self._lock = threading.Lock()

    def usual_sec(self, job: Job) -> float | None:
        """How long jobs of its kind and provider usually take; None while nobody knows."""
        return self._usual_sec().get(_sort(job))

    def of(self, job: Job) -> Outlook:
        return self.of_all([job])[0]

    def of_all(self, jobs: Sequence[Job]) -> list[Outlook]:
        """Those of all these jobs, in their order, with one query for all that wait."""
        if all(JobState(job.state).ended for job in jobs):
            return [Outlook()] * len(jobs)
        usual = self._usual_sec()
        waiting = self._waiting([job for job in jobs if job.state == JobState.QUEUED])
        return [self._of(job, waiting, usual.get(_sort(job))) for job in jobs]

    def _of(self, job: Job, waiting: Mapping[str, list[int]], usual_sec: float | None) -> Outlook:
        if job.state == JobState.QUEUED:
            line = waiting[pool_of(self._tasks, job.kind, job.provider)]
            position = bisect_left(line, job.id) + 1
            return Outlook(position, self._until_end(job, position, usual_sec))
        if job.state == JobState.RUNNING:
            eta_sec = job.eta_sec if job.eta_sec is not None else _rest(job, usual_sec)
            return Outlook(None, eta_sec, overdue=eta_sec is None and usual_sec is not None)
        return Outlook()

    def _until_end(self, job: Job, position: int, usual_sec: float | None) -> float | None:
        """While all places are taken, one becomes free every `usual / places` seconds."""
        task = self._tasks.get(job.kind)
        if usual_sec is None or task is None:
            return None
        return round(usual_sec * (position / max(1, task.parallel(job.provider)) + 1), 1)

    def _waiting(self, jobs: Iterable[Job]) -> Mapping[str, list[int]]:
        """The ids of all that wait up to the newest of these, by pool and in order: several kinds
        may share one."""
        newest = max((job.id for job in jobs), default=None)
        found: defaultdict[str, list[int]] = defaultdict(list)
        if newest is None:
            return found
        query = (
            select(JOBS.c.kind, JOBS.c.provider, JOBS.c.id)
            .where(JOBS.c.state == JobState.QUEUED, JOBS.c.id <= newest)
            .order_by(JOBS.c.id)
        )
        with self._db.look() as connection:
            for kind, provider, job_id in connection.execute(query):
                found[pool_of(self._tasks, kind, provider)].append(job_id)
        return found

    def _usual_sec(self) -> Mapping[Sort, float]:
        """The median duration of the newest successes, by kind and provider."""
        with self._lock:
            if time.monotonic() < self._usual_due:
                return self._usual
            self._usual_due = time.monotonic() + EVERY_SEC
        durations: defaultdict[Sort, list[float]] = defaultdict(list)
        query = select(JOBS.c.kind, JOBS.c.provider, JOBS.c.started, JOBS.c.finished).where(
            JOBS.c.id > select(func.max(JOBS.c.id)).scalar_subquery() - LOOKED_AT,
            JOBS.c.state == JobState.SUCCEEDED,
            JOBS.c.started.is_not(None),
            JOBS.c.finished.is_not(None),
        )
        with self._db.look() as connection:
            for kind, provider, started, finished in connection.execute(query):
                durations[kind, provider].append((finished - started).total_seconds())
        self._usual = {sort: statistics.median(known) for sort, known in durations.items()}
        return self._usual


def _sort(job: Job) -> Sort:
    return job.kind, job.provider


def _rest(job: Job, usual_sec: float | None) -> float | None:
    """None for one that takes longer than usual."""
    if usual_sec is None or job.started is None:
        return None
    left = usual_sec - (utcnow() - job.started).total_seconds()
    return round(left, 1) if left > 0 else None
