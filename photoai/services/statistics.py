"""Statistics: what became of the photos, by slot and by time.

Whole days come added up from `processing_day`; the raw log is read only for hours, for the pieces
of days at a range's ends or after a reset, and from its index for the slowest requests.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from photoai.db import Database, UtcDateTime, next_job_version
from photoai.errors import RangeInvalid, Sentence, SlotUnknown, StatisticsResetRunning
from photoai.models import LogStatus, ProcessingDay, ProcessingLog, Slot
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents

LOG, DAYS, SLOTS = (
    cast(Table, model.__table__) for model in (ProcessingLog, ProcessingDay, Slot)
)  # fmt: skip
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
P95 = 0.95
AT_MOST = Sentence("At most {days} days after from.")
# The first of the two numbers of PostgreSQL's advisory locks; the second is the slot.
RESET_LOCK = 0x5245

Edge = date | datetime


class Grouping(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


@dataclass(frozen=True)
class Tally:
    """Requests added up; `errors` includes the time-outs, `response_ms` is a sum, cost in USD."""

    requests: int = 0
    errors: int = 0
    timeouts: int = 0
    response_ms: int = 0
    cost: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.requests + other.requests,
            self.errors + other.errors,
            self.timeouts + other.timeouts,
            self.response_ms + other.response_ms,
            self.cost + other.cost,
        )

    @property
    def success(self) -> int:
        return self.requests - self.errors

    @property
    def error_percent(self) -> float:
        return round(100 * self.errors / self.requests, 2) if self.requests else 0.0

    @property
    def avg_response_ms(self) -> int:
        return round(self.response_ms / self.requests) if self.requests else 0


@dataclass(frozen=True)
class Bucket:
    """A period's requests; `end` is the period's last day, or an hour's end."""

    start: Edge
    end: Edge
    tally: Tally


@dataclass(frozen=True)
class Order:
    """Which of many buckets are wanted: `by` the period's start or a figure of its tally."""

    by: str = "period_start"
    descending: bool = True
    page: int = 1
    page_size: int = 10

    def of(self, buckets: Sequence[Bucket]) -> Sequence[Bucket]:
        """The page; equals are sorted by their start."""

        def key(bucket: Bucket) -> tuple[float, Edge]:
            figure = 0 if self.by == "period_start" else getattr(bucket.tally, self.by)
            return figure, bucket.start

        first = (self.page - 1) * self.page_size
        ordered = sorted(buckets, key=key, reverse=self.descending)
        return ordered[first : first + self.page_size]


@dataclass(frozen=True)
class SlotTotals:
    """A slot's line on the statistics page. Times and prices are None until there is one."""

    slot: Slot
    since_reset: Tally
    ever: Tally
    p95_response_ms: int | None
    last_price: float | None


@dataclass(frozen=True)
class Span:
    """Moments from `start` to before `end`, in UTC, and the periods they are grouped by."""

    start: datetime
    end: datetime
    group_by: Grouping

    @classmethod
    def between(cls, first: Edge, last: Edge, group_by: Grouping, longest: timedelta) -> Span:
        """From `first` until before `last`, or through it when it is a day.

        Raises:
            RangeInvalid: it is reversed, empty, longer than `longest`, or yet to come.
        """
        start = _midnight_or(first)
        try:
            end = _midnight_or(last) + (timedelta(0) if isinstance(last, datetime) else DAY)
        except OverflowError:
            raise RangeInvalid(details={"to": [Sentence("Too far away.")]}) from None
        if end <= start:
            raise RangeInvalid(details={"to": [Sentence("Must come after from.")]})
        if _midnight_or(last) - start > longest:
            raise RangeInvalid(details={"to": [AT_MOST.filled(days=longest.days)]})
        if start > utcnow():
            raise RangeInvalid(details={"from": [Sentence("Has not come yet.")]})
        return cls(start, end, group_by)

    def buckets(self, found: dict[Edge, Tally]) -> list[Bucket]:
        """Every period of the span in order, those without requests too."""
        hourly = self.group_by == Grouping.HOUR
        step = HOUR if hourly else DAY
        moment = self.start.replace(minute=0, second=0, microsecond=0)
        moment = moment if hourly else moment.replace(hour=0)
        sums: dict[Edge, Tally] = {}
        while moment < self.end:
            each: Edge = moment if hourly else moment.date()
            period = _period(each, self.group_by)
            sums[period] = sums.get(period, Tally()) + found.get(each, Tally())
            moment += step
        return [Bucket(start, _last_of(start, self.group_by), sums[start]) for start in sums]


class hour_of(FunctionElement[datetime]):  # noqa: N801 - it reads as the SQL function it is
    """The hour a moment lies in."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(hour_of, "postgresql")
def _hour_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"date_trunc('hour', {compiler.process(element.clauses, **options)}, 'UTC')"


@compiles(hour_of)
def _hour(element: Any, compiler: Any, **options: Any) -> str:
    return f"(substr({compiler.process(element.clauses, **options)}, 1, 13) || ':00:00.000000')"


IN_LOG = (
    func.count(),
    func.coalesce(func.sum(case((LOG.c.status != LogStatus.SUCCESS, 1), else_=0)), 0),
    func.coalesce(func.sum(case((LOG.c.status == LogStatus.TIMEOUT, 1), else_=0)), 0),
    func.coalesce(func.sum(LOG.c.response_time_ms), 0),
    func.coalesce(func.sum(LOG.c.cost), 0.0),
)
IN_DAYS = tuple(
    func.coalesce(func.sum(DAYS.c[name]), 0)
    for name in ("requests", "errors", "timeouts", "response_time_ms", "cost")
)
LAST_PRICE = (
    select(LOG.c.cost)
    .where(LOG.c.user_id == Slot.user_id, LOG.c.slot_id == Slot.id, LOG.c.cost.is_not(None))
    .order_by(LOG.c.created_at.desc(), LOG.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


class Statistics:
    def __init__(self, database: Database, events: LocalEvents) -> None:
        self._db = database
        self._events = events
        self._resetting: set[tuple[int, str]] = set()
        self._guard = threading.Lock()

    def of_slot(self, caller: Caller, slot_id: str, span: Span) -> list[Bucket]:
        """One slot's periods, the oldest first.

        Raises:
            SlotUnknown: the caller has no such slot.
        """
        with self._db.look() as connection:
            known = select(SLOTS.c.id).where(SLOTS.c.user_id == caller.id, SLOTS.c.id == slot_id)
            if connection.execute(known).first() is None:
                raise SlotUnknown
            count = _by_hour if span.group_by == Grouping.HOUR else _by_day
            return span.buckets(count(connection, span, {"user_id": caller.id, "slot_id": slot_id}))

    def of_all(
        self,
        caller: Caller,
        span: Span,
        *,
        slot_id: str | None = None,
        provider_id: str | None = None,
    ) -> list[Bucket]:
        """The periods of all the caller's slots together, the oldest first."""
        wanted = {"user_id": caller.id, "slot_id": slot_id, "provider_id": provider_id}
        given = {name: value for name, value in wanted.items() if value is not None}
        with self._db.look() as connection:
            return span.buckets(_by_day(connection, span, given))

    def by_slot(self, caller: Caller) -> list[SlotTotals]:
        """Each of the caller's slots: since its last reset, and ever."""
        query = select(Slot, LAST_PRICE).where(Slot.user_id == caller.id).order_by(Slot.id)
        with self._db.read() as session:
            rows = session.execute(query).all()
            connection = session.connection()
            ever = _ever(connection, caller.id)
            after = _after_resets(connection, [slot for slot, _ in rows])
            current = {
                slot.id: (after if slot.last_reset_at else ever).get(slot.id, Tally())
                for slot, _ in rows
            }
            slowest = _slowest(connection, [(slot, current[slot.id].requests) for slot, _ in rows])
        return [
            SlotTotals(
                slot, current[slot.id], ever.get(slot.id, Tally()), slowest.get(slot.id), price
            )
            for slot, price in rows
        ]

    def reset(self, caller: Caller, slot_id: str) -> None:
        """Begin to count anew; the log stays as it is.

        Raises:
            SlotUnknown: the caller has no such slot.
            StatisticsResetRunning: somebody else resets it at this moment.
        """
        changed = {"last_reset_at": utcnow(), "event_version": next_job_version()}
        begin = update(Slot).where(Slot.user_id == caller.id, Slot.id == slot_id)
        with self._alone(caller.id, slot_id), self._db.transaction() as connection:
            if self._db.dialect == "postgresql":
                lock = func.pg_try_advisory_xact_lock(
                    RESET_LOCK, func.hashtext(f"{caller.id}/{slot_id}")
                )
                if not connection.scalar(select(lock)):
                    raise StatisticsResetRunning
            if not connection.execute(begin.values(changed)).rowcount:
                raise SlotUnknown
        self._events.publish_slot(caller.id, slot_id)

    @contextmanager
    def _alone(self, user_id: int, slot_id: str) -> Iterator[None]:
        key = (user_id, slot_id)
        with self._guard:
            if key in self._resetting:
                raise StatisticsResetRunning
            self._resetting.add(key)
        try:
            yield
        finally:
            with self._guard:
                self._resetting.discard(key)


def _by_hour(connection: Connection, span: Span, wanted: dict[str, Any]) -> dict[Edge, Tally]:
    hour = hour_of(LOG.c.created_at).label("hour")
    query = (
        select(hour, *IN_LOG)
        .where(*_same(LOG, wanted), LOG.c.created_at >= span.start, LOG.c.created_at < span.end)
        .group_by(hour)
    )
    return {row[0]: Tally(*row[1:]) for row in connection.execute(query)}


def _by_day(connection: Connection, span: Span, wanted: dict[str, Any]) -> dict[Edge, Tally]:
    found: dict[Edge, Tally] = {}
    (first, last), pieces = _whole_days(span.start, span.end)
    if first < last:
        query = (
            select(DAYS.c.day, *IN_DAYS)
            .where(*_same(DAYS, wanted), DAYS.c.day >= first, DAYS.c.day < last)
            .group_by(DAYS.c.day)
        )
        found = {row[0]: Tally(*row[1:]) for row in connection.execute(query)}
    for start, end in pieces:
        piece = select(*IN_LOG).where(
            *_same(LOG, wanted), LOG.c.created_at >= start, LOG.c.created_at < end
        )
        found[start.date()] = Tally(*connection.execute(piece).one())
    return found


def _whole_days(
    start: datetime, end: datetime
) -> tuple[tuple[date, date], Sequence[tuple[datetime, datetime]]]:
    """The days that lie wholly within, as first and the one after the last; and what is left."""
    first = start if start == _midnight_or(start.date()) else _midnight_or(start.date()) + DAY
    last = _midnight_or(end.date())
    if first > last:  # within one day
        return (first.date(), first.date()), [(start, end)]
    pieces = [(a, b) for a, b in ((start, first), (last, end)) if a < b]
    return (first.date(), last.date()), pieces


def _ever(connection: Connection, user_id: int) -> dict[str, Tally]:
    query = (
        select(DAYS.c.slot_id, *IN_DAYS).where(DAYS.c.user_id == user_id).group_by(DAYS.c.slot_id)
    )
    return {row[0]: Tally(*row[1:]) for row in connection.execute(query)}


def _after_resets(connection: Connection, slots: Sequence[Slot]) -> dict[str, Tally]:
    """Of the slots that were ever reset: the rest of that day from the log, then whole days."""
    days, rest = [], []
    for slot in slots:
        if slot.last_reset_at is None:
            continue
        own = {"user_id": slot.user_id, "slot_id": slot.id}
        next_day = _midnight_or(slot.last_reset_at.date()) + DAY
        days.append(and_(*_same(DAYS, own), DAYS.c.day >= next_day.date()))
        moments = (LOG.c.created_at >= slot.last_reset_at, LOG.c.created_at < next_day)
        rest.append(and_(*_same(LOG, own), *moments))
    found: dict[str, Tally] = {}
    for table, sums, wanted in ((DAYS, IN_DAYS, days), (LOG, IN_LOG, rest)):
        if not wanted:
            continue
        query = select(table.c.slot_id, *sums).where(or_(*wanted)).group_by(table.c.slot_id)
        for slot_id, *figures in connection.execute(query):
            found[slot_id] = found.get(slot_id, Tally()) + Tally(*figures)
    return found


def _slowest(connection: Connection, counted: Sequence[tuple[Slot, int]]) -> dict[str, int]:
    """The 95th percentile of each slot's response times since its reset, by nearest rank.

    As PostgreSQL's percentile_disc, but reading only the slowest twentieth from the index.
    """
    columns = []
    for slot, requests in counted:
        if not requests:
            continue
        where = [LOG.c.user_id == slot.user_id, LOG.c.slot_id == slot.id]
        if slot.last_reset_at:
            where.append(LOG.c.created_at >= slot.last_reset_at)
        query = select(LOG.c.response_time_ms).where(*where)
        query = query.order_by(LOG.c.response_time_ms.desc())
        query = query.offset(requests - math.ceil(P95 * requests)).limit(1)
        columns.append(query.scalar_subquery().label(slot.id))
    if not columns:
        return {}
    return dict(connection.execute(select(*columns)).mappings().one())


def _same(table: Table, wanted: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in wanted.items()]


def _midnight_or(edge: Edge) -> datetime:
    return edge if isinstance(edge, datetime) else datetime.combine(edge, time(), UTC)


def _period(edge: Edge, group_by: Grouping) -> Edge:
    if group_by == Grouping.WEEK:
        return edge - timedelta(days=edge.weekday())
    return edge.replace(day=1) if group_by == Grouping.MONTH else edge


def _last_of(start: Edge, group_by: Grouping) -> Edge:
    if group_by == Grouping.HOUR:
        return start + HOUR
    if group_by == Grouping.WEEK:
        return start + timedelta(days=6)
    if group_by == Grouping.MONTH:
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        return following - DAY
    return start
