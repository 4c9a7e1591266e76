"""What photos may cost a day: all of them, and those of one slot.

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, bindparam, delete, func, select
from sqlalchemy.engine import Connection

from photoai.db import Database, Executor
from photoai.errors import DatabaseBusy, ProviderError
from photoai.errors.budgets import PhotoBudgetSpent
from photoai.models import PHOTO, Job, JobState, Spending
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.gates import Passage

SPENT, JOBS = (cast(Table, each.__table__) for each in (Spending, Job))
WARN_PERCENT = 80.0
KEPT = timedelta(days=7)
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


class Level(StrEnum):
    FINE = "fine"
    WARNING = "warning"
    SPENT = "spent"


@dataclass(frozen=True)
class Budget:
    """What photos cost today, in USD: of one slot, or of all slots of all operators (`slot_id` is
    None). Without a limit it is only counted."""

    slot_id: str | None
    spent_usd: float
    under_way_usd: float
    limit_usd: float | None

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
        """As a gate: PhotoBudgetSpent where the provider costs something and the budget of the slot
        or of all photos is spent."""
        if not any(self._limits().values()) or not self._is_paid(passage.provider):
            return None
        whole, slots = self._today()
        slot = slots.get((passage.user_id, passage.slot_id))
        is_spent = Level.SPENT in {whole.level, slot.level if slot else Level.FINE}
        return PhotoBudgetSpent() if is_spent else None

    def today(self, caller: Caller) -> list[Budget]:
        """That of all photos, then those of the caller's slots that cost something today."""
        whole, slots = self._today()
        return [whole, *(slots[place] for place in sorted(slots) if place[0] == caller.id)]

    def of_all(self) -> tuple[Budget, Mapping[Place, Budget]]:
        """That of all photos, and those of all slots that cost something today."""
        return self._today()

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
            session.execute(delete(Spending).where(Spending.at < utcnow() - KEPT))

    def _today(self) -> tuple[Budget, dict[Place, Budget]]:
        begin = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
        with self._db.look() as connection:
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
        return whole, slots

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
