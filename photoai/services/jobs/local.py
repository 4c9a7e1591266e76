"""The embedded queue: one process elected by the engine lock runs the jobs in its own threads
(greenlets under gevent), each provider in a pool of its own.

The database is asked what waits; memory holds only how many run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from photoai.db import Database, Executor
from photoai.errors import DatabaseBusy
from photoai.models import Job, JobState
from photoai.services.background import every
from photoai.services.clock import utcnow

from . import states
from .drafts import JobDraft
from .held import Held
from .late import mark_left_behind
from .lock import EngineLock
from .run import Runner
from .tasks import Run, Task, Tasks, pool_of

POLL_SEC, RENEW_SEC, PLACE_LOOK_SEC = 1.0, 2.0, 0.05
WAITING = (Job.state == JobState.QUEUED, Job.cancel_requested.is_(False))
SUSPECT = Job.crash_count >= states.SUSPECT_AFTER
log = logging.getLogger(__name__)


class LocalQueue:
    def __init__(self, database: Database, runner: Runner, tasks: Tasks, lock: EngineLock) -> None:
        self._held = Held(database, runner, tasks)
        self.owner = self._held.owner
        self._db = database
        self._runner = runner
        self._tasks = tasks
        self._lock = lock
        self._began = utcnow()
        self._state = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._elected = threading.Event()
        self._taken: Counter[str] = Counter()  # places by pool
        self._taken_by_slot: Counter[tuple[int, str]] = Counter()
        self._backlog: Counter[str] = Counter()  # offered to a pool and not started yet
        self._suspect_running = False
        self._suspect_waits = False

    def start(self) -> None:
        """Begin to hand out jobs, as soon as the engine lock is ours."""
        threading.Thread(target=self._dispatch_forever, name="dispatcher", daemon=True).start()
        every(RENEW_SEC, self._renew, name="leases", until=self._stopped)

    def stop(self) -> None:
        """Hand out no more, and put what still runs back without counting it as a death."""
        with self._state:
            self._stopped.set()
        self._wake.set()
        if not self._elected.is_set():
            return
        self._held.put_back_all()
        self._lock.release()

    def runs(self, job: Job) -> bool:
        return self._held.runs(job)

    def ready(self) -> bool:
        return not self._stopped.is_set()

    @property
    def elected(self) -> bool:
        """Whether this process runs the jobs."""
        return self._elected.is_set()

    def reserve(self, draft: JobDraft) -> bool:
        pool = self._pool(draft.kind, draft.provider)
        with self._state:
            if not self._elected.is_set() or self._backlog[pool] or not self._room(draft):
                return False
            self._take(draft)
            return True

    def give_back(self, draft: JobDraft) -> None:
        with self._state:
            self._release(draft)
        if self._somebody_waits():
            self._wake.set()

    def enlist(self, db: Executor, job: Job, wait_sec: float = 0.0) -> None:
        """The row says it all."""

    def offer(self, job: Job, *, reserved: bool) -> None:
        if reserved:
            self._launch(job)
            return
        with self._state:
            self._backlog[self._pool(job.kind, job.provider)] += 1
        self._wake.set()

    def cancel(self, job_id: int) -> None:
        self._held.cancel(job_id)

    # Handing out

    def _dispatch_forever(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._in_charge():
                    self._dispatch()
            except Exception:
                log.exception("dispatch_failed")
            self._wake.wait(POLL_SEC)
            self._wake.clear()

    def _in_charge(self) -> bool:
        if self._elected.is_set():
            if self._lock.held():
                return True
            # Another process may take over now; what still runs here meets its fence then.
            self._elected.clear()
            log.warning("engine_lost", extra={"fields": {"owner": self.owner}})
        return self._elect()

    def _elect(self) -> bool:
        """Take the lock; whatever still says `running` then belonged to a process that is gone."""
        if not self._lock.acquire():
            return False
        self._recover()
        with self._db.transaction() as db:
            mark_left_behind(db, self._began)
        with self._state:
            if self._stopped.is_set():  # meanwhile: the lock is another process's now
                self._lock.release()
                return False
            self._elected.set()
        log.info("engine_elected", extra={"fields": {"owner": self.owner}})
        return True

    def _recover(self, *conditions: ColumnElement[bool]) -> None:
        abandoned = (Job.state == JobState.RUNNING, Job.owner != self.owner, *conditions)
        with self._db.read() as session:
            left = session.scalars(select(Job).where(*abandoned)).all()
        if not left:
            return
        with self._db.transaction() as db:
            for job in left:
                self._runner.recover(db, job, alone=len(left) == 1 and not conditions)
        log.warning("jobs_recovered", extra={"fields": {"jobs": len(left)}})

    def _dispatch(self) -> None:
        with self._db.read() as session:
            waiting = self._waiting(session)
            heads = [
                job for kind, provider in waiting for job in self._heads(session, kind, provider)
            ]
            startable = sorted(heads, key=lambda job: job.id)  # kinds may share a pool
            suspect = session.scalar(
                select(Job).where(*WAITING, SUSPECT, _due()).order_by(Job.id).limit(1)
            )
        with self._state:
            self._backlog = Counter()
            for (kind, provider), count in waiting.items():
                self._backlog[self._pool(kind, provider)] += count
        self._suspect_waits = suspect is not None
        if not self._suspect_running:
            self._start_all(startable)
        # It waits for a moment in which nothing else runs; guests come first.
        if suspect and suspect.kind in self._tasks and not startable and not self._held:
            self._start_all([suspect], suspect=True)

    def _waiting(self, session: Session) -> dict[tuple[str, str | None], int]:
        query = (
            select(Job.kind, Job.provider, func.count())
            .where(*WAITING, ~SUSPECT, _due())
            .group_by(Job.kind, Job.provider)
        )
        return {(kind, provider): count for kind, provider, count in session.execute(query)}

    def _heads(self, session: Session, kind: str, provider: str | None) -> Iterable[Job]:
        """The oldest waiting jobs of a pool, as many as could start now."""
        free = self._limit(kind, provider) - self._taken[self._pool(kind, provider)]
        if free <= 0 or kind not in self._tasks:
            return ()
        query = (
            select(Job)
            .where(*WAITING, ~SUSPECT, _due(), Job.kind == kind, Job.provider == provider)
            .order_by(Job.id)
            .limit(free)
        )
        if full := self._full_slots(kind, provider):
            query = query.where(
                or_(Job.slot_id.is_(None), tuple_(Job.user_id, Job.slot_id).not_in(full))
            )
        return session.scalars(query).all()

    def _start_all(self, jobs: Iterable[Job], *, suspect: bool = False) -> None:
        for job in jobs:
            with self._state:
                if not self._room(job):
                    continue
                self._take(job)
            try:
                with self._db.transaction(durable=False) as db:
                    claimed = states.claim(
                        db, job.id, owner=self.owner, now=utcnow(),
                        lease_sec=self._tasks[job.kind].lease_sec,
                    )  # fmt: skip
            except BaseException:
                self.give_back_place(job)
                raise
            with self._state:
                self._backlog[self._pool(job.kind, job.provider)] -= 1
            if claimed is None:  # cancelled, or claimed when it was accepted
                self.give_back_place(job)
                continue
            self._suspect_running = suspect
            run = self._launch(claimed)
            if self._stopped.is_set():  # too late for `stop` to have seen it
                self._held.put_back(run)

    def _launch(self, job: Job) -> Run:
        run = self._held.open(job)
        run.rest = lambda: self._without_place(job)
        run.move = lambda provider: self._moved(job, provider)
        run.beside = lambda: self._second_place(job)
        try:
            threading.Thread(target=self._run, args=(run,), name=job.public_id, daemon=True).start()
        except BaseException:
            self._forget(run)
            raise
        return run

    def _run(self, run: Run) -> None:
        try:
            self._runner.run(run)
        finally:
            self._forget(run)
            if self._somebody_waits():
                self._wake.set()

    def _forget(self, run: Run) -> None:
        self._suspect_running = False
        self.give_back_place(run.job)
        self._held.close(run)

    def _somebody_waits(self) -> bool:
        """Whether a free place is worth a look before the next poll."""
        return any(count > 0 for count in self._backlog.values()) or self._suspect_waits

    # Places

    def give_back_place(self, job: Job) -> None:
        with self._state:
            self._release(job)

    @contextmanager
    def _without_place(self, job: Job) -> Iterator[None]:
        """Others may have a job's place while it only waits; a suspect has no others."""
        if self._suspect_running:
            yield
            return
        self.give_back_place(job)
        if self._somebody_waits():
            self._wake.set()
        try:
            yield
        finally:
            while not self._place_taken(job):
                time.sleep(PLACE_LOOK_SEC)

    def _moved(self, job: Job, provider: str) -> bool:
        """Whether the job has a place at the other provider instead of its own."""
        with self._state:
            before = job.provider
            self._release(job)
            job.provider = provider
            if there := self._suspect_running or self._room(job):
                self._take(job)
            else:
                job.provider = before
                self._take(job)
        if there:
            # Where it cannot be written down, it is there all the same.
            with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
                states.moved(db, job.id, job.attempt, provider)
            if self._somebody_waits():
                self._wake.set()
        return there

    @contextmanager
    def _second_place(self, job: Job) -> Iterator[bool]:
        """A place beside its own, if one is free that nobody waits for."""
        with self._state:
            pool, slot = self._pool(job.kind, job.provider), _slot_key(job)
            if there := not self._backlog[pool] and self._room(job):
                self._take(job)
        try:
            yield there
        finally:
            if there:
                with self._state:  # the job may be elsewhere by now
                    self._leave(pool, slot)
                if self._somebody_waits():
                    self._wake.set()

    def _place_taken(self, job: Job) -> bool:
        with self._state:
            if room := self._room(job) or self._stopped.is_set():
                self._take(job)
            return room

    def _room(self, job: Job | JobDraft) -> bool:
        if self._suspect_running or self._stopped.is_set():
            return False
        per_slot = self._tasks[job.kind].parallel_per_slot(job.provider)
        if per_slot is not None and self._taken_by_slot[_slot_key(job)] >= per_slot:
            return False
        pool = self._pool(job.kind, job.provider)
        return self._taken[pool] < self._limit(job.kind, job.provider)

    def _take(self, job: Job | JobDraft) -> None:
        self._taken[self._pool(job.kind, job.provider)] += 1
        self._taken_by_slot[_slot_key(job)] += 1

    def _release(self, job: Job | JobDraft) -> None:
        self._leave(self._pool(job.kind, job.provider), _slot_key(job))

    def _leave(self, pool: str, slot: tuple[int, str]) -> None:
        self._taken[pool] -= 1
        self._taken_by_slot[slot] -= 1
        if not self._taken_by_slot[slot]:
            del self._taken_by_slot[slot]

    def _full_slots(self, kind: str, provider: str | None) -> list[tuple[int, str]]:
        """Operator and slot, at their own limit: a look at their jobs would be in vain."""
        per_slot = self._tasks[kind].parallel_per_slot(provider)
        if per_slot is None:
            return []
        return [key for key, taken in self._taken_by_slot.items() if taken >= per_slot]

    def _limit(self, kind: str, provider: str | None) -> int:
        task: Task | None = self._tasks.get(kind)
        return task.parallel(provider) if task else 0

    def _pool(self, kind: str, provider: str | None) -> str:
        return pool_of(self._tasks, kind, provider)

    # Leases

    def _renew(self) -> None:
        if self._elected.is_set():
            self._recover(Job.lease_until < utcnow())
        self._held.keep()


def _due() -> ColumnElement[bool]:
    return or_(Job.run_after.is_(None), Job.run_after <= utcnow())


def _slot_key(job: Job | JobDraft) -> tuple[int, str]:
    return job.user_id, job.slot_id or ""
