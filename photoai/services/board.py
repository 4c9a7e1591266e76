"""What each slot is doing now, for whoever watches all forty."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from photoai.db import Database
from photoai.models import REHEARSAL, Job, JobState, LogStatus, ProcessingLog
from photoai.services.accounts import Caller
from photoai.services.slots import SLOT_IDS

LOG, JOBS = (cast(Table, each.__table__) for each in (ProcessingLog, Job))
# How many of a slot's newest photos tell how long it takes.
LATELY = 50
P95 = 0.95
# And among how many of them those of one guest's photo are looked for.
LOOKED_THROUGH = 200


@dataclass(frozen=True)
class SlotNow:
    """Photos that wait and run, what became of the newest one, and the 95th percentile of the
    response times of the last fifty in milliseconds, by nearest rank."""

    waiting: int = 0
    running: int = 0
    last: LogStatus | None = None
    last_at: datetime | None = None
    p95_ms: int | None = None


@dataclass
class _Lately:
    status: LogStatus
    at: datetime
    times_ms: list[int] = field(default_factory=list)


class Board:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, caller: Caller) -> Mapping[str, SlotNow]:
        """The caller's slots by their ids; one that never had a photo may be missing."""
        with self._db.look() as connection:
            open_jobs = _open_jobs(connection, caller.id)
            lately = _lately(connection, caller.id)
        return {
            slot_id: _now(open_jobs.get(slot_id, {}), lately.get(slot_id))
            for slot_id in {*open_jobs, *lately}
        }

    def results(self, caller: Caller, slot_id: str, most: int = 10) -> Sequence[Job]:
        """The slot's newest finished photos whose bytes are still there, tests among them,
        drawn guests not."""
        query = (
            select(Job)
            .where(Job.user_id == caller.id, Job.slot_id == slot_id, Job.result_key.is_not(None))
            .where(Job.params[REHEARSAL].as_boolean().is_not(True))
            .order_by(Job.id.desc())
            .limit(most)
        )
        with self._db.read() as session:
            return session.scalars(query).all()

    def of_same_original(self, caller: Caller, job: Job) -> Sequence[Job]:
        """What has been made of the photo's original, itself left out: those among the slot's
        newest photos that are still there."""
        sent = job.params.get("sha256")
        newest = self.results(caller, job.slot_id or "", LOOKED_THROUGH) if sent else ()
        return [each for each in newest if each.params.get("sha256") == sent and each.id != job.id]


def _open_jobs(connection: Connection, user_id: int) -> dict[str, dict[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    # One state after the other: each has an index of its own, which holds no ended job.
    for state in (JobState.QUEUED, JobState.RUNNING):
        # Written out: SQLite finds a partial index by what a statement says itself.
        in_state = JOBS.c.state == literal(state.value, literal_execute=True)
        mine = (JOBS.c.user_id == user_id, in_state, JOBS.c.slot_id.is_not(None))
        query = select(JOBS.c.slot_id, func.count()).where(*mine).group_by(JOBS.c.slot_id)
        for slot_id, count in connection.execute(query):
            found[slot_id][state] = count
    return found


def _lately(connection: Connection, user_id: int) -> dict[str, _Lately]:
    found: dict[str, _Lately] = {}
    rows = connection.execute(_newest_of_each(), {"user": user_id})
    for slot_id, status, moment, spent_ms in rows:
        known = found.setdefault(slot_id, _Lately(status, moment))
        if moment > known.at:
            known.status, known.at = status, moment
        known.times_ms.append(spent_ms)
    return found


@functools.cache
def _newest_of_each() -> CompoundSelect[Any]:
    """The newest photos of every slot: for each a few steps from the end of its index."""
    return union_all(*(_newest(slot_id) for slot_id in SLOT_IDS))


def _newest(slot_id: str) -> Select[Any]:
    columns = (LOG.c.slot_id, LOG.c.status, LOG.c.created_at, LOG.c.response_time_ms)
    theirs = (LOG.c.user_id == bindparam("user"), LOG.c.slot_id == slot_id)
    rows = select(*columns).where(*theirs).order_by(LOG.c.created_at.desc()).limit(LATELY)
    return select(rows.subquery())


def _now(jobs: Mapping[str, int], lately: _Lately | None) -> SlotNow:
    now = SlotNow(jobs.get(JobState.QUEUED, 0), jobs.get(JobState.RUNNING, 0))
    if lately is None:
        return now
    times = sorted(lately.times_ms)
    p95_ms = times[math.ceil(P95 * len(times)) - 1]
    return replace(now, last=lately.status, last_at=lately.at, p95_ms=p95_ms)
