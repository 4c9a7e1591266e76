"""Heals what deaths, lost answers and restarts leave between the jobs' rows and procrastinate's.

Only one process sweeps at a time; what it does is decided row by row under the row's lock, so that
a second one would do no harm.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from datetime import datetime

from sqlalchemy import ColumnElement, select, text

from photoai.db import Database, Executor
from photoai.models import Job, JobState

from ..run import Runner
from .permits import Permits
from .queue import DEAD_AFTER_SEC, PostgresQueue

AT_ONCE, DEAD_KNOWN = 200, 1000
# A delivery waits for a place for 5 s, then lets go; one that is out for much longer got lost, and
# so did one that is set for much later than its job (the clock of a worker was wrong).
LOST_AFTER_SEC = 60.0
# Nobody could renew a lease while the database was down: all have so long to do it first.
RENEWED_AFTER_SEC = 6.0
JUST_STARTED = text("SELECT pg_postmaster_start_time() > now() - make_interval(secs => :grace)")
# procrastinate's rows of workers that are gone, and rows that no worker knows to have.
DEAD_WORKERS = text("SELECT procrastinate_prune_stalled_workers_v1(:silent)")
LIVE = """
    SELECT FROM procrastinate_jobs AS engine WHERE engine.id = job.engine_job_id AND (
        engine.status = 'todo' AND coalesce(engine.scheduled_at, now())
            < greatest(job.run_after, now()) + make_interval(secs => :lost)
        OR engine.status = 'doing' AND engine.worker_id IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event WHERE event.job_id = engine.id
            HAVING max(event.at) FILTER (WHERE event.type = 'started')
                < now() - make_interval(secs => :lost)))
"""
FORGOTTEN = text(
    f"SELECT id FROM job WHERE state = 'queued' AND NOT EXISTS ({LIVE})"  # noqa: S608
    " ORDER BY id LIMIT :at_once FOR UPDATE SKIP LOCKED"
)
# Nobody will acknowledge them: whose worker is gone, and the deliveries of jobs that have ended, at
# once if they wait, some time later if a worker may still be about to do it.
LEFT_BEHIND = text("""
    DELETE FROM procrastinate_jobs AS engine WHERE
        engine.status NOT IN ('todo', 'doing')
        OR engine.status = 'doing' AND engine.worker_id IS NULL
        OR NOT EXISTS (
            SELECT FROM job WHERE job.id = (engine.args ->> 'job_id')::bigint
            AND (job.state IN ('queued', 'running') OR engine.status = 'doing'
                AND job.finished > now() - make_interval(secs => :lost)))
""")
OWNERS = select(Job.owner).where(Job.state == JobState.RUNNING)
log = logging.getLogger(__name__)


class Sweeper:
    def __init__(
        self, database: Database, runner: Runner, queue: PostgresQueue, permits: Permits
    ) -> None:
        self._db = database
        self._runner = runner
        self._queue = queue
        self._permits = permits
        self._dead: deque[str | None] = deque(maxlen=DEAD_KNOWN)

    def sweep(self) -> None:
        """One round: after it every waiting job is on its way to a worker, and none runs whose
        worker has let its lease run out."""
        with self._db.transaction() as db:
            db.execute(DEAD_WORKERS, {"silent": DEAD_AFTER_SEC})
        healed = {
            "taken_from_the_dead": self._take_from_the_dead(),
            "delivered_again": self._deliver_forgotten(),
        }
        with self._db.transaction() as db:
            db.execute(LEFT_BEHIND, {"lost": LOST_AFTER_SEC})
            self._permits.forget(db, self._db.now(db))
        if any(healed.values()):
            log.warning("jobs_healed", extra={"fields": healed})

    def _take_from_the_dead(self) -> int:
        """Running jobs whose lease has run out: they are tried again, or given up."""
        with self._db.look() as connection:
            if connection.scalar(JUST_STARTED, {"grace": RENEWED_AFTER_SEC}):
                return 0
            running = Counter(connection.scalars(OWNERS))
            late = select(Job.id, Job.owner).where(*_expired(self._db.now(connection)))
            left = connection.execute(late.order_by(Job.id).limit(AT_ONCE)).all()
        # Those of one process expire one after the other: each has the others beside it.
        alone = {owner for owner, jobs in running.items() if jobs == 1} - set(self._dead)
        self._dead.extend({owner for _, owner in left} - set(self._dead))
        return sum(self._recovered(job_id, alone=owner in alone) for job_id, owner in left)

    def _recovered(self, job_id: int, *, alone: bool) -> bool:
        """Whether its lease still was out when its row was ours to look at."""
        try:
            with self._db.begin() as session:
                late = select(Job).where(Job.id == job_id, *_expired(self._db.now(session)))
                abandoned = session.scalar(late.with_for_update(skip_locked=True))
                if abandoned is None:
                    return False
                session.expunge(abandoned)
                self._runner.recover(session, abandoned, alone=alone)
        except Exception:  # the others are not to wait for this one
            log.exception("job_not_recovered", extra={"fields": {"job": job_id}})
            return False
        return True

    def _deliver_forgotten(self) -> int:
        """Waiting jobs that procrastinate does not know (any more), or has lost on the way."""
        with self._db.begin() as session:
            limits = {"lost": LOST_AFTER_SEC, "at_once": AT_ONCE}
            ids = session.scalars(FORGOTTEN, limits).all()
            for job_id in ids:
                self._deliver_again(session, job_id)
        return len(ids)

    def _deliver_again(self, db: Executor, job_id: int) -> None:
        job = db.scalars(select(Job).where(Job.id == job_id)).one()
        due = (job.run_after - self._db.now(db)).total_seconds() if job.run_after else 0.0
        self._queue.enlist(db, job, max(0.0, due))


def _expired(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Job.state == JobState.RUNNING, Job.lease_until < now
