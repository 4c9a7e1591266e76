"""Whether one more job may wait or run: its account's plan is asked, and the room there is."""

from __future__ import annotations

from sqlalchemy import func, select

from photoai.config import Config
from photoai.db import Executor
from photoai.errors import QueueFull, YourQueueFull
from photoai.models import Job, JobState, User

from .drafts import JobDraft
from .tasks import Tasks

RETRY_FULL_QUEUE_SEC = 5


class Admission:
    """Asked in the transaction that lets a job wait, run, or end as it begins."""

    def __init__(self, tasks: Tasks, config: Config) -> None:
        self._tasks = tasks
        self._config = config

    def take_turns(self, db: Executor, job: JobDraft | Job) -> None:
        """Where an account's jobs are counted, let no other of its own in until this transaction
        ends: together they could be more than it may have. SQLite has one writer anyway."""
        if self._tasks[job.kind].may_start:
            # Not so strong that it would hold up who only refers to the account.
            mine = select(User.id).where(User.id == job.user_id)
            db.execute(mine.with_for_update(key_share=True))

    def check_plan(self, db: Executor, job: JobDraft | Job) -> None:
        """Raises what the kind's `may_start` raises."""
        if may_start := self._tasks[job.kind].may_start:
            may_start(db, job.user_id)

    def check_room(self, db: Executor, job: JobDraft | Job) -> None:
        """Raises QueueFull, YourQueueFull."""
        waiting, of_user, of_provider = db.execute(
            select(
                func.count(),
                func.count().filter(Job.user_id == job.user_id),
                func.count().filter(Job.provider == job.provider),
            ).where(Job.state == JobState.QUEUED)
        ).one()
        limit = self._config.queue_max_size
        if waiting >= limit:
            raise QueueFull(retry_after=RETRY_FULL_QUEUE_SEC)
        if of_user >= (self._config.queue_max_per_user or limit):
            raise YourQueueFull(retry_after=RETRY_FULL_QUEUE_SEC)
        if of_provider >= (self._config.queue_max_per_provider or limit):
            raise QueueFull(retry_after=RETRY_FULL_QUEUE_SEC)
