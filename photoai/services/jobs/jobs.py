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
    IdempotencyKeyReused,
    InputGone,
    JobNotRetryable,
    JobUnknown,
    ResultGone,
    TooMany,
)
from photoai.models import Job, JobState, User
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.storage import Store

from . import states
from .admission import Admission
from .cancelling import Cancelling, Note
from .drafts import JobDraft
from .late import LateTray
from .queue import Queue
from .tasks import Done, Tasks
from .wishes import NO_WISHES, Wishes

# How often a row is looked at while somebody waits: nudges may not reach us, or be lost.
LOOK_SEC, SELDOM_LOOK_SEC = 0.5, 3.0
LINK_SEC = 300.0
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
    """`late` are the photos no booth waits for any more."""

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
        self._admission = Admission(tasks, config)
        self._cancelling = Cancelling(database, events, queue, tasks)
        self.late = LateTray(database, events)

    def submit(self, draft: JobDraft, *, flush: bool = True) -> Submitted:
        """Accept a job: when this returns, its row is on the disk and it will run.

        `flush=False` leaves it to the caller to flush the database before anybody is told.

        Raises:
            QueueFull: too many jobs wait, of all or for this provider.
            YourQueueFull: too many jobs of this user wait.
            StorageUnavailable: whether an equal job's result is still there cannot be seen.
            IdempotencyKeyReused: its client has used the key for something else.
            PhotoaiError: its kind's `may_start` says no.
        """
        submitted = self._submitted(draft)
        if (
            draft.request_digest is None
            and submitted.joined
            and self._lost_its_result(submitted.job)
        ):
            with self._db.transaction(flush=False) as db:
                states.forget_repeats(db, submitted.job.id)
            submitted = self._submitted(draft)
        if flush:
            self._db.flush()
        return submitted

    def submit_done(self, draft: JobDraft, done: Done) -> Submitted:
        """Accept a job whose result is there already: it ends as it begins.

        Raises:
            IdempotencyKeyReused: its client has used the key for something else.
            PhotoaiError: its kind's `may_start` says no.
        """
        with self._db.transaction() as db:
            self._admission.take_turns(db, draft)
            if twin := self._twin(db, draft):
                return Submitted(twin, joined=True)
            self._admission.check_plan(db, draft)
            job = states.insert_done(db, draft, key=done.key, facts=done.facts)
            self._tasks[draft.kind].ended(db, job, None)
        self._events.publish(job.id)
        return Submitted(job, joined=False)

    def _submitted(self, draft: JobDraft) -> Submitted:
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
        return submitted

    def known(self, user_id: int, wishes: Wishes) -> Job | None:
        """The job that an earlier call of the user's with this key has started; it is on the disk.

        Raises:
            IdempotencyKeyReused: that call asked for something else.
        """
        if wishes.idempotency_key is None:
            return None
        with self._db.look() as db:
            job = self._holder(db, user_id, wishes.idempotency_key)
        if job is not None:
            wishes.check_same(job.request_digest)
            self._db.flush()
        return job

    def get(self, caller: Caller, public_id: str) -> Job:
        """The caller's own job. Raises JobUnknown."""
        query = select(Job).where(Job.public_id == public_id, Job.user_id == caller.id)
        with self._db.read() as session:
            job = session.scalar(query)
        if job is None:
            raise JobUnknown
        return job

    def behind_link(self, public_id: str) -> Job:
        """The job a signed link was made for. Raises JobUnknown, also while its account is off."""
        query = select(Job).join(User, User.id == Job.user_id)
        with self._db.read() as session:
            job = session.scalar(query.where(Job.public_id == public_id, User.active))
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
        slot_id: str | None = None,
    ) -> JobPage:
        """The caller's jobs, newest first."""
        mine = [Job.user_id == caller.id]
        mine += [Job.state == state] if state else []
        mine += [Job.kind == kind] if kind else []
        mine += [Job.slot_id == slot_id] if slot_id else []
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

    def result_link(self, job: Job, name: str) -> str | None:
        """Where a succeeded job's bytes may be fetched from the storage itself for the next
        minutes, as a download called `name`; None when they must be had from here.

        Raises:
            ResultGone
        """
        self.result(job).close()
        return self._store.link(
            job.result_key or "", ttl_sec=LINK_SEC, mime=(job.result or {})["mime"], name=name
        )

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
                nudges.wait(min(left, self._look_sec(job)))

    def _look_sec(self, job: Job) -> float:
        if self._queue.runs(job):  # its end is written here
            return math.inf
        hears = self._queue.elected or self._events.hears_all
        return SELDOM_LOOK_SEC if hears else LOOK_SEC

    def redirect(self, job: Job, provider: str) -> bool:
        """Have a job that still waits wait for another provider; False when it waits no more."""
        with self._db.transaction() as db:
            if not states.redirected(db, job, provider):
                return False
            job.provider = provider
            self._queue.enlist(db, job)
        self._queue.offer(job, reserved=False)
        self._events.publish(job.id)
        return True

    def cancel(self, caller: Caller, public_id: str) -> Job:
        """Ask for a job's end; a queued one ends at once.

        Raises:
            JobUnknown, JobAlreadyEnded
        """
        self._cancelling.cancel(self.get(caller, public_id).id)
        return self.get(caller, public_id)

    def cancel_anybodys(self, job_id: int, note: Note) -> None:
        """The same for whoever runs the house; `note` writes down, in the same transaction, that
        they did.

        Raises:
            JobUnknown, JobAlreadyEnded
        """
        self._cancelling.cancel(job_id, note)

    def retry(self, caller: Caller, public_id: str, wishes: Wishes = NO_WISHES) -> Submitted:
        """Put a failed or cancelled job back into the queue.

        Raises:
            JobUnknown, JobNotRetryable, IdempotencyKeyReused, QueueFull, YourQueueFull
            InputGone: its original has been deleted.
            PhotoaiError: its kind's `may_start` says no.
        """
        try:
            if known := self._retried(caller, public_id, wishes):
                return Submitted(known, joined=True)
            return Submitted(self._try_again(caller, public_id, wishes), joined=False)
        except (JobNotRetryable, TooMany, IntegrityError):
            # An equal call that came at the same time may have been faster.
            if known := self._retried(caller, public_id, wishes):
                return Submitted(known, joined=True)
            raise

    def _retried(self, caller: Caller, public_id: str, wishes: Wishes) -> Job | None:
        """The job, when it has been tried again for this very call before."""
        key = wishes.idempotency_key
        if key is None:
            return None
        if known := self.known(caller.id, wishes):
            return known
        job = self.get(caller, public_id)
        keys = job.params.get(states.RETRY_KEYS, {})
        if key not in keys:
            return None
        wishes.check_same(keys[key])
        return job

    def _try_again(self, caller: Caller, public_id: str, wishes: Wishes) -> Job:
        job = self.get(caller, public_id)
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise JobNotRetryable(details={"state": job.state})
        if job.input_key is None and self._tasks[job.kind].has_original:
            raise InputGone
        with self._db.transaction() as db:
            self._admission.take_turns(db, job)
            self._admission.check_plan(db, job)
            self._admission.check_room(db, job)
            self._tasks[job.kind].may_retry(db, job)
            columns = wishes.upon_retry(job, self._tasks[job.kind].at_first)
            if not states.try_again(db, job, utcnow(), **columns):
                raise JobNotRetryable
            self._queue.enlist(db, job)
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
            # Before its twin is looked for: one that takes the last place right now is found.
            self._admission.take_turns(db, draft)
            if twin := self._twin(db, draft):
                return Submitted(twin, joined=True)
            self._admission.check_plan(db, draft)
            if not reserved:
                self._admission.check_room(db, draft)
                job = states.insert(db, draft)
                self._queue.enlist(db, job)
                return Submitted(job, joined=False)
            job = states.insert_claimed(
                db, draft, owner=self._queue.owner, lease_sec=self._tasks[draft.kind].lease_sec
            )
        return Submitted(job, joined=False)

    def _twin(self, db: Executor, draft: JobDraft) -> Job | None:
        """The job an earlier, equal request started. Of what booths number themselves, one that
        came to nothing does not count."""
        if draft.idempotency_key is None:
            return None
        twin = self._holder(db, draft.user_id, draft.idempotency_key)
        if twin is None:
            return None
        if draft.request_digest is not None:
            if twin.request_digest != draft.request_digest:
                raise IdempotencyKeyReused
            return twin
        if not JobState(twin.state).ended or twin.state == JobState.SUCCEEDED:
            return twin
        states.forget_repeats(db, twin.id)
        return None

    def _lost_its_result(self, job: Job) -> bool:
        """Looked at while no transaction is open: it may take a while."""
        return job.state == JobState.SUCCEEDED and not self._whole(job)

    def _holder(self, db: Executor, user_id: int, key: str) -> Job | None:
        twin_id = db.scalar(TWIN, {"user": user_id, "key": key})
        return states.load(db, twin_id) if twin_id else None

    def _whole(self, job: Job) -> bool:
        try:
            self.result(job).close()
        except ResultGone:
            return False
        return True
