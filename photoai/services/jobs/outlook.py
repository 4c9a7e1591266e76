"""How long it will take: a job's place in the queue, and the seconds until it has ended."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from photoai.db import Database
from photoai.models import Job, JobState
from photoai.services.clock import utcnow

from .states import JOBS
from .tasks import Tasks, pool_of
from .usual import Usual, Usuals


@dataclass(frozen=True)
class Outlook:
    """`queue_position` counts from 1 and is None once the job left the queue; `eta_sec` is None
    when nothing is known; `overdue` says that it takes longer than usual already, and
    `overdue_in_sec` in how many seconds one will have to say so, None when that is not known."""

    queue_position: int | None = None
    eta_sec: float | None = None
    overdue: bool = False
    overdue_in_sec: float | None = None


class Outlooks:
    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._db = database
        self._tasks = tasks
        self._usuals = Usuals(database)

    def usual_sec(self, job: Job) -> float | None:
        """How long photos of its slot, or jobs of its kind and provider, usually take; None while
        nobody knows."""
        usual = self._usuals.of(job)
        return usual.p50_sec if usual else None

    def of(self, job: Job) -> Outlook:
        return self.of_all([job])[0]

    def of_all(self, jobs: Sequence[Job]) -> list[Outlook]:
        """Those of all these jobs, in their order, with one query for all that wait."""
        if all(JobState(job.state).ended for job in jobs):
            return [Outlook()] * len(jobs)
        waiting = self._waiting([job for job in jobs if job.state == JobState.QUEUED])
        return [self._of(job, waiting) for job in jobs]

    def _of(self, job: Job, waiting: Mapping[str, list[int]]) -> Outlook:
        if job.state == JobState.QUEUED:
            line = waiting[pool_of(self._tasks, job.kind, job.provider)]
            position = bisect_left(line, job.id) + 1
            return Outlook(position, self._until_end(job, position, self.usual_sec(job)))
        if job.state == JobState.RUNNING:
            if job.eta_sec is not None:
                return Outlook(eta_sec=job.eta_sec)
            return _rest(job, self._usuals.of(job))
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


def _rest(job: Job, usual: Usual | None) -> Outlook:
    """Half of all have ended by the median, nearly all by the 95th percentile; what takes longer
    than that is not promised anything any more. Beyond the median only photos of a slot are, which
    are alike: two videos may have nothing in common but their kind."""
    if usual is None or job.started is None:
        return Outlook()
    spent_sec = (utcnow() - job.started).total_seconds()
    if spent_sec >= usual.p95_sec:
        return Outlook(overdue=True, overdue_in_sec=0.0)
    overdue_in_sec = round(usual.p95_sec - spent_sec, 1)
    if spent_sec < usual.p50_sec:
        return Outlook(eta_sec=round(usual.p50_sec - spent_sec, 1), overdue_in_sec=overdue_in_sec)
    eta_sec = overdue_in_sec if job.slot_id is not None else None
    return Outlook(eta_sec=eta_sec, overdue_in_sec=overdue_in_sec)
