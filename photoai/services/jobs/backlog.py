"""What waits and what runs right now, without looking at what has ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select, text

from photoai.db import Database
from photoai.models import JobRetry
from photoai.services.clock import utcnow
from photoai.services.metrics import Waiting

from .states import JOBS
from .tasks import Tasks, pool_of

# Since when a job waits: since it was ordered, or tried again.
WAITING_SINCE = func.coalesce(
    select(func.max(JobRetry.at)).where(JobRetry.job_id == JOBS.c.id).scalar_subquery(),
    JOBS.c.created,
)


def _unended(state: str) -> Select[Any]:
    # The words of the partial indexes: with a bound value they would not be used.
    named = select(JOBS.c.kind, JOBS.c.provider, func.count(), func.min(WAITING_SINCE))
    return named.where(text(f"state = '{state}'")).group_by(JOBS.c.kind, JOBS.c.provider)


QUEUED, RUNNING = _unended("queued"), _unended("running")


class Backlog:
    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._db = database
        self._tasks = tasks
        self._known: set[tuple[str, str | None]] = {
            (kind, provider) for kind, task in tasks.items() for provider in task.providers
        }

    def look(self) -> Iterable[Waiting]:
        """One for each kind and pool, also where nothing waits."""
        with self._db.look() as connection:
            queued = {row[:2]: row[2:] for row in connection.execute(QUEUED)}
            running = {row[:2]: row[2] for row in connection.execute(RUNNING)}
        self._known |= {*queued, *running}
        now = utcnow()
        for kind, provider in sorted(self._known, key=str):
            count, oldest = queued.get((kind, provider), (0, now))
            yield Waiting(
                kind=kind,
                pool=pool_of(self._tasks, kind, provider),
                queued=count,
                running=running.get((kind, provider), 0),
                oldest_sec=max(0.0, (now - oldest).total_seconds()),
                places=self._tasks[kind].parallel(provider) if kind in self._tasks else 0,
            )
