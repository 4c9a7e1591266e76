"""The front door of the engine: accept, look, wait, cancel, try again."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError

from photoai.config import Config
from photoai.db import Database, Executor
from photoai.errors import (
    InputGone,
    JobAlreadyEnded,
    JobCancelled,
    JobNotRetryable,
    JobUnknown,
    QueueFull,
    ResultGone,
    YourQueueFull,
)
from photoai.models import Job, JobState
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.storage import Store

from . import states
from .queue import Queue
from .states import JobDraft
from .tasks import Tasks

RETRY_FULL_QUEUE_SEC = 5
# How often a row is looked at while somebody waits: nudges may not reach us, or be lost.
LOOK_SEC, SELDOM_LOOK_SEC = 0.5, 3.0
TWIN = select(states.JOBS.c.id).where(
    states.JOBS.c.user_id == bindparam("user"),
    states.JOBS.c.idempotency_key == bindparam("key"),
)


@dataclass(frozen=True)
class Submitted:
    """An accepted job; `joined` when it was there already and the new input is not needed."""

    job: Job
    joined: bool


@dataclass(frozen=True)
class JobPage:
    jobs: Sequence[Job]
    total: int


class Jobs:
    def __init__(
        self,
        database: Database,
        store: Store,
        events: LocalEvents,
        queue: Queue,
        tasks: Tasks,
        config: Config,
    ) -> None:
        self._db = database
        self._store = store
        self._events = events
        self._queue = queue
        self._tasks = tasks
        self._config = config

    def submit(self, draft: JobDraft, *, flush: bool = True) -> Submitted:
        """Accept a job: when this returns, its row is on the disk and it will run.

        `flush=False` leaves it to the caller to flush the database before anybody is told.

        Raises:
            QueueFull: too many jobs wait, of all or for this provider.
            YourQueueFull: too many jobs of this user wait.
        """
        reserved = self._queue.reserve(draft)
        used = False
        try:
            submitted = self._insert(draft, reserved)
            used = reserved and not submitted.joined
        finally:
            if reserved and not used:
                self._queue.give_back(draft)
        if not submitted.joined:
            self._queue.offer(submitted.job, reserved=reserved)
            self._events.publish(submitted.job.id)
        if flush:
            self._db.flush()
        return submitted

    def get(self, caller: Caller, public_id: str) -> Job:
        """The caller's own job. Raises JobUnknown."""
        query = select(Job).where(Job.public_id == public_id, Job.user_id == caller.id)
        with self._db.read() as session:
            job = session.scalar(query)
        if job is None:
            raise JobUnknown
        return job

    def behind_link(self, public_id: str) -> Job:
        """The job a signed link was made for. Raises JobUnknown."""
        with self._db.read() as session:
            job = session.scalar(select(Job).where(Job.public_id == public_id))
        if job is None:
            raise JobUnknown
        return job

    def page(
        self,
        caller: Caller,
        *,
        page: int = 1,
        page_size: int = 20,
        state: str | None = None,
        kind: str | None = None,
    ) -> JobPage:
        """The caller's jobs, newest first."""
        mine = [Job.user_id == caller.id]
        mine += [Job.state == state] if state else []
        mine += [Job.kind == kind] if kind else []
        query = select(Job).where(*mine).order_by(Job.id.desc())
        with self._db.read() as session:
            total = session.scalar(select(func.count()).select_from(Job).where(*mine)) or 0
            jobs = session.scalars(query.limit(page_size).offset((page - 1) * page_size)).all()
        return JobPage(jobs, total)

    def result(self, job: Job) -> BinaryIO:
        """The bytes of a succeeded job. Raises ResultGone."""
        if job.result_key is None:
            raise ResultGone
        try:
            file = self._store.open(job.result_key)
        except FileNotFoundError:
            raise ResultGone from None
        if file.seek(0, os.SEEK_END) != (job.result or {}).get("size_bytes"):
            file.close()  # a power cut took its end
            raise ResultGone
        file.seek(0)
        return file

    def wait(self, job: Job, until: Callable[[], float]) -> Job:
        """Block until the job has ended or `until()`, a `time.monotonic()` value that may move.

        The job, its outcome as its row says it then; no connection is held meanwhile.

        Raises:
            JobUnknown
        """
        with self._events.subscribe(job.id) as nudges:
            known = self._queue.runs(job)
            while True:
                if not (known or JobState(job.state).ended):
                    self._refresh(job)
                known = False
                left = until() - time.monotonic()
                if JobState(job.state).ended or left <= 0:
                    return job
                nudges.wait(min(left, self._look_sec()))

    def _look_sec(self) -> float:
        if self._queue.elected:  # whoever changes the job does it here
            return math.inf
        return SELDOM_LOOK_SEC if self._events.hears_all else LOOK_SEC

    def cancel(self, caller: Caller, public_id: str) -> Job:
        """Ask for a job's end; a queued one ends at once.

        Raises:
            JobUnknown, JobAlreadyEnded
        """
        job = self.get(caller, public_id)
        with self._db.transaction(flush=False) as db:
            ended = states.cancel_queued(db, job.id, utcnow())
            if ended:
                self._tasks[job.kind].ended(db, job, JobCancelled())
            elif not states.ask_to_cancel(db, job.id):
                raise JobAlreadyEnded(details={"state": job.state})
        if not ended:
            self._queue.cancel(job.id)
        self._events.publish(job.id)
        self._db.flush()  # its runner was told first, while the job is sure to be there
        return self.get(caller, public_id)

    def retry(self, caller: Caller, public_id: str) -> Job:
        """Put a failed or cancelled job back into the queue.

        Raises:
            JobUnknown, JobNotRetryable
            InputGone: its original has been deleted.
        """
        job = self.get(caller, public_id)
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise JobNotRetryable(details={"state": job.state})
        if job.input_key is None:
            raise InputGone
        with self._db.transaction() as db:
            self._check_room(db, job)
            if not states.try_again(db, job.id):
                raise JobNotRetryable
        job = self.get(caller, public_id)
        self._queue.offer(job, reserved=False)
        self._events.publish(job.id)
        return job

    def _refresh(self, job: Job) -> None:
        with self._db.look() as connection:
            if not states.refresh(connection, job):  # its account is gone, and it with it
                raise JobUnknown

    def _insert(self, draft: JobDraft, reserved: bool) -> Submitted:
        try:
            return self._insert_once(draft, reserved)
        except IntegrityError:  # the same repeat arrived twice at once: now the first is there
            return self._insert_once(draft, reserved)

    def _insert_once(self, draft: JobDraft, reserved: bool) -> Submitted:
        with self._db.transaction(flush=False) as db:
            if twin := self._twin(db, draft):
                return Submitted(twin, joined=True)
            if not reserved:
                self._check_room(db, draft)
                return Submitted(states.insert(db, draft), joined=False)
            job = states.insert_claimed(
                db, draft, owner=self._queue.owner, lease_sec=self._tasks[draft.kind].lease_sec
            )
        return Submitted(job, joined=False)

    def _twin(self, db: Executor, draft: JobDraft) -> Job | None:
        """The job an earlier, equal request started; one that came to nothing does not count."""
        if draft.idempotency_key is None:
            return None
        known = {"user": draft.user_id, "key": draft.idempotency_key}
        twin_id = db.scalar(TWIN, known)
        twin = states.load(db, twin_id) if twin_id else None
        if twin is None:
            return None
        if not JobState(twin.state).ended or (
            twin.state == JobState.SUCCEEDED and self._whole(twin)
        ):
            return twin
        states.forget_repeats(db, twin.id)
        return None

    def _whole(self, job: Job) -> bool:
        try:
            self.result(job).close()
        except ResultGone:
            return False
        return True

    def _check_room(self, db: Executor, job: JobDraft | Job) -> None:
        counted = db.execute(
            select(
                func.count(),
                func.count().filter(Job.user_id == job.user_id),
                func.count().filter(Job.provider == job.provider),
            ).where(Job.state == JobState.QUEUED)
        ).one()
        waiting, of_user, of_provider = counted
        limit = self._config.queue_max_size
        if waiting >= limit:
            raise QueueFull(retry_after=RETRY_FULL_QUEUE_SEC)
        if of_user >= (self._config.queue_max_per_user or limit):
            raise YourQueueFull(retry_after=RETRY_FULL_QUEUE_SEC)
        if of_provider >= (self._config.queue_max_per_provider or limit):
            raise QueueFull(retry_after=RETRY_FULL_QUEUE_SEC)
