"""Places at providers, counted over all processes: a row with a lease for each that is taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import cast

from sqlalchemy import Table, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from photoai.db import Executor
from photoai.models import Job, Permit

from ..tasks import Tasks, pool_of

PERMITS = cast(Table, Permit.__table__)
Attempt = tuple[int, int]  # a job's id and which of its attempts
OWN, SECOND = 0, 1  # a job's calls, each with a place of its own


class Place(Enum):
    """What came of asking for one."""

    TAKEN = "taken"
    POOL_FULL = "pool_full"
    SLOT_FULL = "slot_full"


class Permits:
    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def take(
        self, db: Executor, job: Job, attempt: int, *, owner: str, now: datetime, call: int = OWN
    ) -> Place:
        """A place for a call of this attempt, if its pool and its slot have a free one.

        Whoever asks for the same pool waits until this transaction has ended, so no limit is ever
        passed.
        """
        task = self._tasks[job.kind]
        pool = pool_of(self._tasks, job.kind, job.provider)
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(pool, 0))))
        not_this = or_(Permit.job_id != job.id, Permit.call != call)
        taken, of_slot = db.execute(
            select(
                func.count(),
                func.count().filter(Permit.user_id == job.user_id, Permit.slot_id == job.slot_id),
            ).where(Permit.pool == pool, Permit.lease_until > now, not_this)
        ).one()
        if taken >= task.parallel(job.provider):
            return Place.POOL_FULL
        per_slot = task.parallel_per_slot(job.provider)
        if per_slot is not None and of_slot >= per_slot:
            return Place.SLOT_FULL
        facts = {
            "attempt": attempt,
            "pool": pool,
            "user_id": job.user_id,
            "slot_id": job.slot_id,
            "owner": owner,
            "lease_until": now + timedelta(seconds=task.lease_sec),
        }
        row = insert(PERMITS).values(job_id=job.id, call=call, **facts)
        db.execute(row.on_conflict_do_update(index_elements=["job_id", "call"], set_=facts))
        return Place.TAKEN

    def give_back(self, db: Executor, job: Job, *, call: int = OWN) -> None:
        """The call needs its place no more; another attempt's is not touched."""
        mine = and_(
            PERMITS.c.job_id == job.id, PERMITS.c.attempt == job.attempt, PERMITS.c.call == call
        )
        db.execute(delete(PERMITS).where(mine))

    def give_back_all(self, db: Executor, *, owner: str) -> None:
        """The process needs none any more."""
        db.execute(delete(PERMITS).where(PERMITS.c.owner == owner))

    def renew(
        self, db: Executor, attempts: Sequence[Attempt], *, owner: str, until: datetime
    ) -> None:
        """Of those that run, and no others: what was not given back ends with its lease."""
        mine = tuple_(PERMITS.c.job_id, PERMITS.c.attempt).in_(attempts)
        db.execute(update(PERMITS).where(PERMITS.c.owner == owner, mine).values(lease_until=until))

    def forget(self, db: Executor, now: datetime) -> None:
        """Remove what no process has renewed."""
        db.execute(delete(PERMITS).where(PERMITS.c.lease_until < now))
