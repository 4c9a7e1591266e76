"""What a worker does with a job it was told to look at; each call has a thread of its own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from photoai.db import Database
from photoai.models import Job, JobState
from photoai.services.clock import utcnow

from .. import states
from ..held import Held
from ..run import Runner
from ..tasks import Run, Tasks
from .permits import Permits, Place

# How long a worker waits with a job for a place at its provider before it lets go of it.
PATIENCE_SEC = 30.0
# Places that other processes give back are not heard of.
LOOK_SEC = 0.25
SLOT_FULL_SEC = 0.5
SUSPECT_AFTER = 2
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
        self._freed = threading.Condition()
        self._stopped = threading.Event()

    @property
    def owner(self) -> str:
        return self._held.owner

    def deliver(self, job_id: int) -> datetime | None:
        """See the job through to its end; when to come back, if it cannot start now.

        None also when there is nothing to do: it was cancelled, or somebody else has it.
        """
        until = time.monotonic() + PATIENCE_SEC
        while not self._stopped.is_set():
            found = self._take(job_id)
            if found is None or isinstance(found, datetime):
                return found
            if isinstance(found, Job):
                self._see_through(found)
                return None
            if found is Place.SLOT_FULL:  # others of the pool may start meanwhile
                return _soon(SLOT_FULL_SEC)
            if time.monotonic() > until:
                break
            with self._freed:
                self._freed.wait(random.uniform(LOOK_SEC, 2 * LOOK_SEC))  # noqa: S311
        return _soon(0.0)

    def keep(self) -> None:
        """Renew every lease and permit of this process, and hear what was cancelled."""
        self._held.keep()
        lease_sec = max(task.lease_sec for task in self._tasks.values())
        with self._db.transaction(durable=False) as db:
            until = self._db.now(db) + timedelta(seconds=lease_sec)
            self._permits.renew(db, owner=self.owner, until=until)

    def stop(self) -> None:
        """Begin nothing any more."""
        self._stopped.set()
        with self._freed:
            self._freed.notify_all()

    def put_back_all(self) -> None:
        """The process ends now: what it still runs goes to others."""
        self._held.put_back_all()

    def _take(self, job_id: int) -> Job | Place | datetime | None:
        """The job, claimed; or why it is not."""
        with self._db.transaction(durable=False) as db:
            job = states.load(db, job_id)
            if job is None or job.state != JobState.QUEUED or job.cancel_requested:
                return None
            now = self._db.now(db)
            if job.run_after and job.run_after > now:
                return job.run_after
            if job.crash_count >= SUSPECT_AFTER and self._apart:
                return job
            place = self._permits.take(db, job, job.attempt + 1, owner=self.owner, now=now)
            if place is not Place.TAKEN:
                return place
            claimed = states.claim(
                db, job.id, owner=self.owner, now=now, lease_sec=self._tasks[job.kind].lease_sec
            )
            if claimed is None:
                job.attempt += 1
                self._permits.give_back(db, job)
            return claimed

    def _see_through(self, job: Job) -> None:
        if job.state == JobState.QUEUED and self._apart:
            log.warning("suspect_runs_apart", extra={"fields": {"job_id": job.public_id}})
            self._apart(job.id)
            return
        run = self._held.open(job)
        run.rest = lambda: self._without_place(run)
        try:
            if self._stopped.is_set():  # too late for `put_back_all` to have seen it
                self._held.put_back(run)
            else:
                self._runner.run(run)
        finally:
            self._held.close(run)
            self._give_back(job)

    def _give_back(self, job: Job) -> None:
        with self._db.transaction(durable=False) as db:
            self._permits.give_back(db, job)
        with self._freed:
            self._freed.notify()

    @contextmanager
    def _without_place(self, run: Run) -> Iterator[None]:
        """Others may have a job's place while it only waits."""
        self._give_back(run.job)
        try:
            yield
        finally:
            while not self._place_again(run.job) and not run.cancelled.is_set():
                with self._freed:
                    self._freed.wait(LOOK_SEC)

    def _place_again(self, job: Job) -> bool:
        with self._db.transaction(durable=False) as db:
            now = self._db.now(db)
            place = self._permits.take(db, job, job.attempt, owner=self.owner, now=now)
        return place is Place.TAKEN or self._stopped.is_set()


def _soon(seconds: float) -> datetime:
    return utcnow() + timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311
