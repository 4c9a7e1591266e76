"""What each account has had done in a range of days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, extract, func, select
from sqlalchemy.orm import Session

from photoai.db import Database, dialect_of
from photoai.models import Job, JobAttempt, ProcessingDay, ReelCall, User
from photoai.offload import look_around
from photoai.services.statistics import Span

from .counting import Held, held_by

# Jobs looked at in one go: the embedded database answers on the event loop, where others wait.
PORTION = 5_000
SEC_PER_DAY = 86_400.0
LAST = 2**63 - 1


@dataclass(frozen=True)
class UsageWish:
    span: Span
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True)
class KindUsage:
    """Jobs of one kind by their states, and for how long all attempts that have ended worked."""

    kind: str
    by_state: Mapping[str, int]
    worked_sec: float

    @property
    def jobs(self) -> int:
        return sum(self.by_state.values())


@dataclass(frozen=True)
class UserUsage:
    """`cost` is what providers asked for counted photos and for analyses of videos, in USD; None
    when there were none. Files are those kept now."""

    user: User
    kinds: Sequence[KindUsage]
    held: Held
    cost: float | None

    @property
    def jobs(self) -> int:
        return sum(kind.jobs for kind in self.kinds)

    @property
    def worked_sec(self) -> float:
        return sum(kind.worked_sec for kind in self.kinds)


@dataclass(frozen=True)
class UsagePage:
    lines: Sequence[UserUsage]
    total: int


class UsageReport:
    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, wish: UsageWish) -> UsagePage:
        """The accounts by their names, each with the jobs that were ordered in the span."""
        query = select(User).order_by(func.lower(User.username), User.id)
        some = query.limit(wish.page_size).offset((wish.page - 1) * wish.page_size)
        with self._db.read() as session:
            total = session.scalar(select(func.count()).select_from(User)) or 0
            users = session.scalars(some).all()
            ids = [user.id for user in users]
            held, costs = held_by(session, ids), _costs(session, ids, wish.span)
        lines = [
            UserUsage(user, self._kinds(user.id, wish.span), held[user.id], costs.get(user.id))
            for user in users
        ]
        return UsagePage(lines, total)

    def _kinds(self, user_id: int, span: Span) -> list[KindUsage]:
        jobs: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        seconds: defaultdict[str, float] = defaultdict(float)
        for portion in self._portions(user_id, span):
            with self._db.read() as session:
                for kind, state, count in session.execute(_counts(portion)):
                    jobs[kind][state] += count
                for kind, worked in session.execute(_worked(session, portion)):
                    seconds[kind] += float(worked)
            look_around()
        return [KindUsage(kind, dict(jobs[kind]), seconds[kind]) for kind in sorted(jobs)]

    def _portions(self, user_id: int, span: Span) -> Iterator[Sequence[ColumnElement[bool]]]:
        """The account's jobs in the span, from the newest on: ids grow with time, and by them the
        jobs of a user are indexed."""
        theirs, below = Job.user_id == user_id, LAST
        while True:
            newest = select(Job.id, Job.created).where(theirs, Job.id < below)
            portion = newest.order_by(Job.id.desc()).limit(PORTION).subquery()
            edges = select(func.min(portion.c.id), func.max(portion.c.created))
            with self._db.read() as session:
                lowest, latest = session.execute(edges).one()
            if lowest is None or latest < span.start:
                return
            created = (Job.created >= span.start, Job.created < span.end)
            yield [theirs, Job.id >= lowest, Job.id < below, *created]
            below = lowest


def _costs(session: Session, user_ids: Sequence[int], span: Span) -> dict[int, float]:
    days = (ProcessingDay.day >= span.start.date(), ProcessingDay.day < span.end.date())
    of_photos = (
        select(ProcessingDay.user_id, func.sum(ProcessingDay.cost))
        .where(ProcessingDay.user_id.in_(user_ids), *days)
        .group_by(ProcessingDay.user_id)
    )
    of_reels = (
        select(ReelCall.user_id, func.sum(ReelCall.cost_usd))
        .where(ReelCall.user_id.in_(user_ids), ReelCall.at >= span.start, ReelCall.at < span.end)
        .group_by(ReelCall.user_id)
    )
    costs: defaultdict[int, float] = defaultdict(float)
    for query in (of_photos, of_reels):
        for user_id, cost in session.execute(query):
            costs[user_id] += float(cost)
    return {user_id: round(cost, 6) for user_id, cost in costs.items()}


def _counts(which: Sequence[ColumnElement[bool]]) -> Select[str, str, int]:
    query = select(Job.kind, Job.state, func.count()).where(*which)
    return query.group_by(Job.kind, Job.state)


def _worked(session: Session, which: Sequence[ColumnElement[bool]]) -> Select[str, Any]:
    started, ended = JobAttempt.started, JobAttempt.ended
    seconds: ColumnElement[Any] = extract("epoch", ended - started)
    if dialect_of(session) == "sqlite":
        seconds = (func.julianday(ended) - func.julianday(started)) * SEC_PER_DAY
    query = select(Job.kind, func.sum(seconds)).join(JobAttempt, JobAttempt.job_id == Job.id)
    return query.where(*which, ended.is_not(None)).group_by(Job.kind)
