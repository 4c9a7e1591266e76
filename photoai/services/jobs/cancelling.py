"""Asking for a job's end, by its owner or by an administrator."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from photoai.db import Database, Executor
from photoai.errors import JobAlreadyEnded, JobCancelled, JobUnknown
from photoai.models import Job, JobState
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents

from . import states
from .queue import Queue
from .tasks import Tasks

# What else is written when a job is cancelled: the job as it was, and as it is now.
Note = Callable[[Executor, Job, Job], None]


class Cancelling:
    def __init__(self, database: Database, events: LocalEvents, queue: Queue, tasks: Tasks) -> None:
        self._db = database
        self._events = events
        self._queue = queue
        self._tasks = tasks

    def cancel(self, job_id: int, note: Note | None = None) -> None:
        """A queued job ends at once, a running one's runner is asked; `note` writes in the same
        transaction, and only when that changes something.

        Raises:
            JobUnknown, JobAlreadyEnded
        """
        with self._db.transaction(flush=False) as db:
            before = self._locked(db, job_id) if note else None
            ended = self._ended_in_queue(db, job_id)
            if note and before:
                self._tell(db, before, note)
        if not ended:
            self._queue.cancel(job_id)
        self._events.publish(job_id)
        self._db.flush()  # its runner was told first, while the job is sure to be there

    def _locked(self, db: Executor, job_id: int) -> Job | None:
        """The job as it stands, until this transaction ends."""
        db.execute(select(Job.id).where(Job.id == job_id).with_for_update())
        return states.load(db, job_id)

    def _tell(self, db: Executor, before: Job, note: Note) -> None:
        now = states.load(db, before.id)
        if now and (now.state, now.cancel_requested) != (before.state, before.cancel_requested):
            note(db, before, now)

    def _ended_in_queue(self, db: Executor, job_id: int) -> bool:
        """Whether the job only waited and has ended now; otherwise its runner has been asked to."""
        while True:
            cancelled = states.cancel_queued(db, job_id, utcnow())
            if not cancelled and states.ask_to_cancel(db, job_id):
                return False
            job = states.load(db, job_id)
            if job is None:
                raise JobUnknown
            if cancelled:
                self._tasks[job.kind].ended(db, job, JobCancelled())
                return True
            # Otherwise it went back into the queue between the two, and is looked at again.
            if JobState(job.state).ended:
                raise JobAlreadyEnded(details={"state": job.state})
