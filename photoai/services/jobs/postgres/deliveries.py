"""What a worker does with a job it was told to look at; each call has a thread of its own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select

from photoai.db import Database, Executor
from photoai.errors import DatabaseBusy
from photoai.models import Job, JobState

from .. import states
from ..held import Held
from ..run import Runner
from ..tasks import Run, Tasks, pool_of
from .line import Line, Lines
from .permits import SECOND, Permits, Place

# How long a worker waits with a job for a place at its provider before it lets go of it: another
# worker, where places are given back, may have one sooner.
PATIENCE_SEC, SOON_SEC = 5.0, 0.5
# Places that other processes give back are not heard of.
LOOK_SEC = 0.25
# How soon a job comes back whose slot is full, for each of the slot's jobs before it: those of a
# long queue must not keep the deliveries of all others busy.
SLOT_FULL_SEC, SLOT_FULL_AT_MOST_SEC = 0.5, 15.0
log = logging.getLogger(__name__)


class Deliveries:
    """`apart(job_id)` runs a job in a process of its own and returns when that has ended."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        tasks: Tasks,
        permits: Permits,
        apart: Callable[[int], None] | None = None,
    ) -> None:
        self._db = database
        self._runner = runner
        self._tasks = tasks
        self._permits = permits
        self._apart = apart
        self._held = Held(database, runner, tasks)
        self._lines = Lines()
        self._stopped = threading.Event()

    @property
    def owner(self) -> str:
        return self._held.owner

    def deliver(self, job_id: int) -> datetime | None:
        """See the job through to its end; when to come back, if it cannot start now.

        None also when there is nothing to do: it was cancelled, or somebody else has it.
        """
        with self._db.look() as connection:
            job = states.load(connection, job_id)
        if job is None or job.state != JobState.QUEUED:
            return None
        if job.crash_count >= states.SUSPECT_AFTER and self._apart:
            return self._see_through_apart(job, self._apart)
        found = self._in_line(job)
        if isinstance(found, Job):
            self._see_through(found)
            return None
        return found

    def _in_line(self, job: Job) -> Job | datetime | None:
        """The job, claimed, when its turn has come; as `deliver` if that is not soon."""
        until = time.monotonic() + PATIENCE_SEC
        line = self._line(job)
        with line.standing(job) as turn:
            while not self._stopped.is_set() and time.monotonic() < until:
                if line.leads(turn):
                    found = self._take(job.id)
                    if found is not Place.POOL_FULL:
                        return found
                line.wait(random.uniform(LOOK_SEC, 2 * LOOK_SEC))  # noqa: S311
        return self._soon()

    def keep(self) -> None:
        """Renew every lease and permit of this process, and hear what was cancelled."""
        with self._db.transaction(durable=False) as db:
            now = self._db.now(db)
            for lease_sec, attempts in self._held.attempts().items():
                until = now + timedelta(seconds=lease_sec)
                self._permits.renew(db, attempts, owner=self.owner, until=until)
        self._held.keep()

    def hear(self) -> None:
        """End what was cancelled; cheap, and so asked much more often than leases need keeping."""
        self._held.hear()

    def stop(self) -> None:
        """Begin nothing any more."""
        self._stopped.set()
        self._lines.move_all()

    def put_back_all(self) -> None:
        """The process ends now: what it still runs goes to others."""
        self._held.put_back_all()
        with self._db.transaction(durable=False) as db:
            self._permits.give_back_all(db, owner=self.owner)

    def _take(self, job_id: int) -> Job | Literal[Place.POOL_FULL] | datetime | None:
        """The job, claimed; or why it is not."""
        with self._db.transaction(durable=False) as db:
            job = states.load(db, job_id)
            if job is None or job.state != JobState.QUEUED or job.cancel_requested:
                return None
            now = self._db.now(db)
            if job.run_after and job.run_after > now:
                return job.run_after
            place = self._permits.take(db, job, job.attempt + 1, owner=self.owner, now=now)
            if place is Place.SLOT_FULL:  # others of the pool may start meanwhile
                return _about(now, self._behind_its_slot(db, job))
            if place is Place.POOL_FULL:
                return Place.POOL_FULL
            claimed = states.claim(
                db, job.id, owner=self.owner, now=now, lease_sec=self._tasks[job.kind].lease_sec
            )
            if claimed is None:  # the place is that of whoever was faster
                db.rollback()
            return claimed

    def _behind_its_slot(self, db: Executor, job: Job) -> float:
        """Seconds after which to look again whether its slot has a free place."""
        older = select(func.count()).where(
            Job.state == JobState.QUEUED,
            Job.kind == job.kind,
            Job.provider == job.provider,
            Job.user_id == job.user_id,
            Job.slot_id == job.slot_id,
            Job.id < job.id,
        )
        before: int = db.scalar(older) or 0
        return min(SLOT_FULL_AT_MOST_SEC, SLOT_FULL_SEC * (1 + before))

    def _see_through(self, job: Job) -> None:
        run = self._held.open(job)
        run.rest = lambda: self._without_place(run)
        run.move = lambda provider: self._moved(job, provider)
        run.beside = lambda: self._second_place(job)
        try:
            if self._stopped.is_set():  # too late for `put_back_all` to have seen it
                self._held.put_back(run)
            else:
                self._runner.run(run)
        finally:
            self._held.close(run)
            self._give_back(job)

    def _see_through_apart(self, job: Job, apart: Callable[[int], None]) -> datetime:
        """Come back in any case: what became of it, its row says."""
        log.warning("suspect_runs_apart", extra={"fields": {"job_id": job.public_id}})
        apart(job.id)
        return self._soon()

    def _give_back(self, job: Job) -> None:
        with self._db.transaction(durable=False) as db:
            self._permits.give_back(db, job)
        self._line(job).move()

    @contextmanager
    def _without_place(self, run: Run) -> Iterator[None]:
        """Others may have a job's place while it only waits."""
        with suppress(DatabaseBusy):  # then it keeps its place
            self._give_back(run.job)
        try:
            yield
        finally:
            while not run.cancelled.is_set() and not self._place_again(run):
                self._line(run.job).wait(LOOK_SEC)

    def _moved(self, job: Job, provider: str) -> bool:
        """Whether the job has a place at the other provider instead of its own."""
        before, line = job.provider, self._line(job)
        job.provider, there = provider, False
        try:
            with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
                now = self._db.now(db)
                place = self._permits.take(db, job, job.attempt, owner=self.owner, now=now)
                if there := place is Place.TAKEN:
                    states.moved(db, job.id, job.attempt, provider)
        finally:
            if there:
                line.move()
            else:
                job.provider = before
        return there

    @contextmanager
    def _second_place(self, job: Job) -> Iterator[bool]:
        """A place beside its own, if one is free that nobody here waits for. What outlives its job
        keeps it until its lease ends."""
        line, there = self._line(job), False
        if line.is_empty:
            with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
                now = self._db.now(db)
                place = self._permits.take(
                    db, job, job.attempt, owner=self.owner, now=now, call=SECOND
                )
                there = place is Place.TAKEN
        try:
            yield there
        finally:
            if there:
                with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
                    self._permits.give_back(db, job, call=SECOND)
                line.move()

    def _place_again(self, run: Run) -> bool:
        """Whether its place is its own again; a run whose job somebody else has needs none."""
        job = run.job
        with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
            now = self._db.now(db)
            place = self._permits.take(db, job, job.attempt, owner=self.owner, now=now)
            if place is Place.TAKEN and states.is_held(db, job.id, job.attempt):
                return True
            db.rollback()
            if place is Place.TAKEN:
                run.cancelled.set()
        return False

    def _line(self, job: Job) -> Line:
        return self._lines[pool_of(self._tasks, job.kind, job.provider)]

    def _soon(self) -> datetime:
        with self._db.look() as connection:
            return _about(self._db.now(connection), SOON_SEC)


def _about(now: datetime, seconds: float) -> datetime:
    """A moment so far ahead by the clock that says when it has come, not the same for all."""
    return now + timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311
