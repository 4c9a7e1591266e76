"""The queue of many processes: an accepted job is handed to procrastinate in the transaction that
accepts it, and every worker on the database is told "look at job N"."""

from __future__ import annotations

from datetime import timedelta

from procrastinate import App
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from photoai.db import Database, Executor
from photoai.models import Job

from .. import states
from ..drafts import JobDraft
from ..tasks import Tasks, pool_of

# What procrastinate calls the one task there is.
LOOK = "photoai.look"
# A dead worker's photos must reach another one inside the booth's time-out.
HEARTBEAT_SEC, DEAD_AFTER_SEC = 2.0, 10.0
WORKERS = text(
    "SELECT EXISTS (SELECT FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - make_interval(secs => :silent))"
)


class PostgresQueue:
    """Hands jobs to workers in other processes; nothing runs in this one."""

    owner = ""
    elected = False

    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._db = database
        self._tasks = tasks
        self._app = App(connector=SQLAlchemyPsycopg2Connector())

    def enlist(self, db: Executor, job: Job, wait_sec: float = 0.0) -> None:
        """Have a waiting job delivered, once this transaction is committed; a job that was tried
        before comes after those that were not."""
        connection = db.connection() if isinstance(db, Session) else db
        due = self._db.now(db) + timedelta(seconds=wait_sec) if wait_sec > 0 else None
        deferrer = self._app.configure_task(
            LOOK,
            queue=pool_of(self._tasks, job.kind, job.provider),
            priority=-job.attempt,
            schedule_at=due,
            connection=connection,
        )
        job.engine_job_id = deferrer.defer(job_id=job.id)
        connection.execute(
            update(states.JOBS)
            .where(states.JOBS.c.id == job.id)
            .values(engine_job_id=job.engine_job_id)
        )

    def ready(self) -> bool:
        with self._db.look() as connection:
            return bool(connection.scalar(WORKERS, {"silent": DEAD_AFTER_SEC}))

    def start(self) -> None:
        """Workers run in processes of their own."""

    def stop(self) -> None:
        """There is nothing to end."""

    def reserve(self, draft: JobDraft) -> bool:
        return False

    def give_back(self, draft: JobDraft) -> None:
        """No place is ever reserved."""

    def offer(self, job: Job, *, reserved: bool) -> None:
        """It was enlisted in the transaction that accepted it."""

    def cancel(self, job_id: int) -> None:
        """Its worker looks for it in the row, again and again."""

    def runs(self, job: Job) -> bool:
        return False
