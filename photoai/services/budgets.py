"""What photos may cost: all of them a day, those of one slot a day, those of an operator's event.

Every run of a photo's job that cost something is one row, written in the transaction that ends it;
photos under way count with what the slot's others cost today on average. Once the sum has reached a
budget, the providers that cost something are closed (see `gates`), and photos are made by what
costs nothing. Photos that are accepted in the same moment do not see each other: a budget may be
passed by what these cost, and by what those under way cost more than usual. A day is one of UTC's,
as in the statistics.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, func, select
from sqlalchemy.engine import Connection

from photoai.db import Database, Executor
from photoai.errors import DatabaseBusy, ProviderError
from photoai.errors.budgets import PhotoBudgetSpent
from photoai.models import PHOTO, BoothEvent, Job, JobState, Spending
from photoai.services.accounts import Caller
from photoai.services.booth_events import SPENDING_KEPT
from photoai.services.clock import utcnow
from photoai.services.gates import Passage

SPENT, JOBS, EVENTS = (cast(Table, each.__table__) for each in (Spending, Job, BoothEvent))
WARN_PERCENT = 80.0
PER_DAY, PER_SLOT = "per_day_usd", "per_slot_per_day_usd"  # as the settings call them
log = logging.getLogger(__name__)
GUESS_USD = 0.05  # what a slot's first photo of the day costs
Place = tuple[int, str]  # owner and slot
SPENT_SINCE = (
    select(SPENT.c.user_id, SPENT.c.slot_id, func.sum(SPENT.c.usd), func.count())
    .where(SPENT.c.at >= bindparam("begin"))
    .group_by(SPENT.c.user_id, SPENT.c.slot_id)
)
UNDER_WAY = (
    select(JOBS.c.user_id, JOBS.c.slot_id, JOBS.c.provider, func.count())
    .where(
        JOBS.c.state.in_([JobState.QUEUED, JobState.RUNNING]),
        JOBS.c.kind == PHOTO,
        JOBS.c.slot_id.is_not(None),
    )
    .group_by(JOBS.c.user_id, JOBS.c.slot_id, JOBS.c.provider)
)


EVENTS_ON = (
    select(EVENTS.c.user_id, EVENTS.c.name, EVENTS.c.budget_usd, EVENTS.c.began_at)
    .where(EVENTS.c.ended_at.is_(None), EVENTS.c.ends_at > bindparam("now"))
)  # fmt: skip
SPENT_BY_ONE = select(func.coalesce(func.sum(SPENT.c.usd), 0.0)).where(
    SPENT.c.user_id == bindparam("user_id"), SPENT.c.at >= bindparam("begin")
)


class Scope(StrEnum):
    ALL = "all"  # photos of all slots of all operators, today
    EVENT = "event"  # photos of an operator since the event began
    SLOT = "slot"  # photos of one slot, today


class Level(StrEnum):
    FINE = "fine"
    WARNING = "warning"
    SPENT = "spent"


@dataclass(frozen=True)
class Budget:
    """What photos cost, in USD, see `Scope`; `event` is its name. Without a limit it is only
    counted."""

    slot_id: str | None
    spent_usd: float
    under_way_usd: float
    limit_usd: float | None
    event: str | None = None

    @property
    def scope(self) -> Scope:
        if self.event is not None:
            return Scope.EVENT
        return Scope.ALL if self.slot_id is None else Scope.SLOT

    @property
    def used_percent(self) -> float:
        if self.limit_usd is None:
            return 0.0
        return 100 * (self.spent_usd + self.under_way_usd) / self.limit_usd

    @property
    def level(self) -> Level:
        if self.used_percent >= 100:
            return Level.SPENT
        return Level.WARNING if self.used_percent >= WARN_PERCENT else Level.FINE


class EventOn(NamedTuple):
    """A row of `EVENTS_ON`."""

    user_id: int
    name: str
    budget_usd: float | None
    began_at: datetime


class Money(NamedTuple):
    """All budgets: `events` by their operator, `slots` by owner and slot."""

    whole: Budget
    events: Mapping[int, Budget]
    slots: Mapping[Place, Budget]


class Budgets:
    """`limits()` are the settings' budgets; `is_paid(provider)`: whether its photos cost money."""

    def __init__(
        self,
        database: Database,
        limits: Callable[[], Mapping[str, float | None]],
        is_paid: Callable[[str], bool],
    ) -> None:
        self._db = database
        self._limits = limits
        self._is_paid = is_paid

    def refusal(self, passage: Passage) -> ProviderError | None:
        """As a gate: PhotoBudgetSpent where the provider costs something and the budget of the
        slot, of its operator's event or of all photos is spent."""
        if not self._is_paid(passage.provider):
            return None
        with self._db.look() as connection:
            events = self._events_on(connection)
            event = events.get(passage.user_id)
            if not any(self._limits().values()) and not (event and event.budget_usd):
                return None
            found = self._today(connection, [event] if event else [])
        whole, by_event, slots = found
        held = (
            whole,
            by_event.get(passage.user_id),
            slots.get((passage.user_id, passage.slot_id)),
        )
        is_spent = any(each and each.level is Level.SPENT for each in held)
        return PhotoBudgetSpent() if is_spent else None

    def today(self, caller: Caller) -> list[Budget]:
        """That of all photos, that of the caller's event that is on, then those of the caller's
        slots that cost something today."""
        with self._db.look() as connection:
            event = self._events_on(connection).get(caller.id)
            whole, events, slots = self._today(connection, [event] if event else [])
        mine = (slots[place] for place in sorted(slots) if place[0] == caller.id)
        return [whole, *events.values(), *mine]

    def of_all(self) -> Money:
        """That of all photos, those of events by their operator, and those of all slots that cost
        something today."""
        with self._db.look() as connection:
            return self._today(connection, self._events_on(connection).values())

    def book(self, db: Executor, job: Job, usd: float) -> None:
        """Write down what a job has cost, in the transaction that ends it."""
        if usd > 0 and job.slot_id is not None:
            row = {"user_id": job.user_id, "slot_id": job.slot_id, "at": utcnow(), "usd": usd}
            db.execute(SPENT.insert(), row)

    def book_apart(self, job: Job, usd: float) -> None:
        """Write down what a job has cost besides; while the database is away, in the log only."""
        try:
            with self._db.transaction(durable=False) as db:
                self.book(db, job, usd)
        except DatabaseBusy:
            facts = {"job_id": job.public_id, "usd": usd}
            log.exception("cost_not_booked", extra={"fields": facts})

    def forget_old(self) -> None:
        with self._db.begin(durable=False) as session:
            session.execute(delete(Spending).where(Spending.at < utcnow() - SPENDING_KEPT))

    def _events_on(self, connection: Connection) -> Mapping[int, EventOn]:
        """By their operator."""
        rows = connection.execute(EVENTS_ON, {"now": utcnow()})
        return {event.user_id: event for event in (EventOn(*row) for row in rows)}

    def _today(self, connection: Connection, on: Iterable[EventOn]) -> Money:
        begin = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
        rows = connection.execute(SPENT_SINCE, {"begin": begin}).all()
        under_way = self._under_way(connection)
        spent = {(user_id, slot_id): (usd, photos) for user_id, slot_id, usd, photos in rows}
        slots = {}
        for place in {*spent, *under_way}:
            usd, photos = spent.get(place, (0.0, 0))
            usual_usd = usd / photos if photos else GUESS_USD
            slots[place] = self._slot(place[1], usd, under_way.get(place, 0) * usual_usd)
        whole = Budget(
            None,
            sum(each.spent_usd for each in slots.values()),
            sum(each.under_way_usd for each in slots.values()),
            self._limit(PER_DAY),
        )
        events = {event.user_id: self._event(connection, event, slots) for event in on}
        return Money(whole, events, slots)

    def _event(
        self, connection: Connection, event: EventOn, slots: Mapping[Place, Budget]
    ) -> Budget:
        facts = {"user_id": event.user_id, "begin": event.began_at}
        spent_usd = connection.execute(SPENT_BY_ONE, facts).scalar_one()
        mine = (budget for place, budget in slots.items() if place[0] == event.user_id)
        under_way_usd = sum(each.under_way_usd for each in mine)
        return Budget(None, spent_usd, under_way_usd, event.budget_usd, event.name)

    def _under_way(self, connection: Connection) -> Mapping[Place, int]:
        """How many photos wait or run at a provider with a price, by slot."""
        found: defaultdict[Place, int] = defaultdict(int)
        for user_id, slot_id, provider, count in connection.execute(UNDER_WAY):
            if self._is_paid(provider or ""):
                found[user_id, slot_id] += count
        return found

    def _slot(self, slot_id: str, spent_usd: float, under_way_usd: float) -> Budget:
        return Budget(slot_id, spent_usd, under_way_usd, self._limit(PER_SLOT))

    def _limit(self, name: str) -> float | None:
        """None where there is none; 0 was one in the settings of earlier versions."""
        return self._limits().get(name) or None
