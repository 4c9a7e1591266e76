"""The evening as it happens: what waits, runs, is done and went wrong, of the last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, and_, func, or_, select, text

from photoai.db import Database
from photoai.models import Job, JobState, LogStatus
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.stats import LOG

DAY = timedelta(days=1)
MOST = 100  # rows of a group that are shown


class Group(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # and cancelled, and late


@dataclass(frozen=True)
class EveningWish:
    """Which jobs to show; None is any. `is_late` leaves only the photos that came too late."""

    slot_id: str | None = None
    kind: str | None = None
    group: Group | None = None
    is_late: bool = False


@dataclass(frozen=True)
class EveningGroup:
    """At most `MOST` jobs of a group and how many there are; `late` are the public ids of photos
    that were finished after their booth had been told that they would not be in time."""

    group: Group
    jobs: Sequence[Job]
    total: int
    late: frozenset[str] = frozenset()


class Evening:
    def __init__(self, database: Database) -> None:
        self._db = database

    def groups(self, caller: Caller, wish: EveningWish) -> list[EveningGroup]:
        """The groups that are wished for; what waits and runs in the queue's order, what has ended
        from the newest on."""
        since = utcnow() - DAY
        wanted = [Group.FAILED] if wish.is_late else [wish.group] if wish.group else list(Group)
        return [self._group(caller, wish, group, since) for group in wanted]

    def slots(self, caller: Caller) -> Sequence[str]:
        """The slots that have had a job within the day, in order."""
        mine = [*_newer(caller.id, utcnow() - DAY), Job.slot_id.is_not(None)]
        with self._db.read() as session:
            found = session.scalars(select(Job.slot_id).where(*mine).distinct())
            return sorted(slot_id for slot_id in found if slot_id)

    def _group(
        self, caller: Caller, wish: EveningWish, group: Group, since: datetime
    ) -> EveningGroup:
        mine = _within(group, caller.id, wish, since)
        mine += [Job.slot_id == wish.slot_id] if wish.slot_id else []
        mine += [Job.kind == wish.kind] if wish.kind else []
        query = select(Job).where(*mine).order_by(*ORDER[group]).limit(MOST)
        with self._db.read() as session:
            jobs = session.scalars(query).all()
            total = len(jobs)
            if total == MOST:
                total = session.scalar(select(func.count()).select_from(Job).where(*mine)) or 0
            if group is not Group.FAILED:
                return EveningGroup(group, jobs, total)
            names = [job.public_id for job in jobs if job.state == JobState.SUCCEEDED]
            return EveningGroup(group, jobs, total, frozenset(names))


ORDER: Mapping[Group, tuple[UnaryExpression[Any], ...]] = {
    Group.WAITING: (Job.id.asc(),),
    # Not along the ids themselves, where all that has ended stands too.
    Group.RUNNING: ((Job.id + 0).asc(),),
    Group.DONE: (Job.finished.desc(), Job.id.desc()),
    Group.FAILED: (Job.finished.desc(), Job.id.desc()),
}


def _within(
    group: Group, user_id: int, wish: EveningWish, since: datetime
) -> list[ColumnElement[bool]]:
    if group is Group.WAITING:
        return _unended("queued", user_id)
    if group is Group.RUNNING:
        return _unended("running", user_id)
    succeeded, late = Job.state == JobState.SUCCEEDED, Job.public_id.in_(_too_late(user_id, since))
    if group is Group.DONE:
        return [*_newer(user_id, since), succeeded, ~late]
    if wish.is_late:
        return [*_newer(user_id, since), succeeded, late]
    failed = Job.state.in_([JobState.FAILED, JobState.CANCELLED])
    return [*_newer(user_id, since), or_(failed, and_(succeeded, late))]


def _unended(state: str, user_id: int) -> list[ColumnElement[bool]]:
    """In the words of the partial index, which would not be used with a bound value; nor would it
    beside the user's own index, which holds everything that ever ended."""
    return [text(f"state = '{state}'"), Job.user_id + 0 == user_id]  # type: ignore[list-item]


def _newer(user_id: int, since: datetime) -> list[ColumnElement[bool]]:
    """Ids grow with time, and by them the jobs of a user are indexed: the last one before the day
    is found from the newest on."""
    before = (
        select(Job.id)
        .where(Job.user_id == user_id, Job.created < since)
        .order_by(Job.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return [Job.user_id == user_id, Job.id > func.coalesce(before, 0)]


def _too_late(user_id: int, since: datetime) -> Select[tuple[Any]]:
    """The log keeps what a booth was told first, whatever became of its photo afterwards."""
    return select(LOG.c.job_id).where(
        LOG.c.user_id == user_id,
        LOG.c.created_at >= since,
        LOG.c.status == LogStatus.TIMEOUT,
        LOG.c.job_id.is_not(None),  # with a NULL in it nothing would be outside the list
    )
