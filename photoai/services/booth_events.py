"""An operator's event, a wedding or a company's party: what its photos cost is told, and may be
held, by itself. An operator has one at a time; it ends by hand, or by itself when it was to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import Invalid, Sentence
from photoai.errors.budgets import EventBegunElsewhere
from photoai.models import BoothEvent, Spending
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow

LASTS_HOURS, LONGEST_HOURS = 24.0, 168.0
MOST_PAST = 50
# How long it is known what photos have cost: so long, past events are told of.
SPENDING_KEPT = timedelta(days=60)


@dataclass(frozen=True)
class PastEvent:
    """One that is over, and what it cost in USD with how many runs of photos that cost anything."""

    name: str
    budget_usd: float | None
    began_at: datetime
    ended_at: datetime
    spent_usd: float
    paid_photos: int


class BoothEvents:
    def __init__(self, database: Database) -> None:
        self._db = database

    def current(self, caller: Caller) -> BoothEvent | None:
        """The one that is on."""
        with self._db.read() as session:
            return session.scalar(_on(caller))

    def put(self, caller: Caller, wishes: Mapping[str, Any]) -> BoothEvent:
        """Begin an event, or change the one that is on. Of `name`, `budget_usd` (None: none) and
        `hours` after its begin for which it may last, what is not there stays as it is.

        Raises:
            Invalid: an event without a name is begun, or one would have ended by now.
            EventBegunElsewhere: another one was begun in the same moment.
        """
        now = utcnow()
        try:
            with self._db.begin() as session:
                self._end_what_is_over(session, caller, now)
                event = session.scalar(_on(caller).with_for_update())
                if event is None:
                    event = _begun(caller, wishes, now)
                    session.add(event)
                for name in wishes.keys() & {"name", "budget_usd"}:
                    setattr(event, name, wishes[name])
                if "hours" in wishes:
                    event.ends_at = event.began_at + timedelta(hours=wishes["hours"])
                if event.ends_at <= now:
                    raise Invalid(details={"hours": [Sentence("The event would be over by now.")]})
        except IntegrityError:
            raise EventBegunElsewhere from None
        return event

    def end(self, caller: Caller) -> None:
        """End the one that is on; fine to say where none is."""
        now = utcnow()
        with self._db.begin() as session:
            self._end_what_is_over(session, caller, now)
            session.execute(_open(caller).values(ended_at=now))

    def past(self, caller: Caller) -> Sequence[PastEvent]:
        """The last fifty that are over, the newest first."""
        now = utcnow()
        ended = func.coalesce(BoothEvent.ended_at, BoothEvent.ends_at)
        paid = and_(
            Spending.user_id == BoothEvent.user_id,
            Spending.at >= BoothEvent.began_at,
            Spending.at < ended,
        )
        query = (
            select(
                BoothEvent.name, BoothEvent.budget_usd, BoothEvent.began_at, ended,
                func.coalesce(func.sum(Spending.usd), 0.0), func.count(Spending.id),
            )
            .outerjoin(Spending, paid)
            .where(
                BoothEvent.user_id == caller.id, ended <= now,
                BoothEvent.began_at > now - SPENDING_KEPT,
            )
            .group_by(BoothEvent.id)
            .order_by(BoothEvent.began_at.desc(), BoothEvent.id.desc())
            .limit(MOST_PAST)
        )  # fmt: skip
        with self._db.read() as session:
            return [PastEvent(*row) for row in session.execute(query)]

    def forget_old(self) -> None:
        """What it cost would no longer be known."""
        too_old = BoothEvent.ends_at < utcnow() - SPENDING_KEPT
        with self._db.begin(durable=False) as session:
            session.execute(delete(BoothEvent).where(too_old))

    def _end_what_is_over(self, session: Session, caller: Caller, now: datetime) -> None:
        """What has ended by itself is written down before another one begins."""
        over = _open(caller).where(BoothEvent.ends_at <= now)
        session.execute(over.values(ended_at=BoothEvent.ends_at))


def _begun(caller: Caller, wishes: Mapping[str, Any], now: datetime) -> BoothEvent:
    if "name" not in wishes:
        raise Invalid(details={"name": [Sentence("An event has a name.")]})
    return BoothEvent(
        user_id=caller.id, name=wishes["name"], budget_usd=None, began_at=now,
        ends_at=now + timedelta(hours=LASTS_HOURS), ended_at=None,
    )  # fmt: skip


def _on(caller: Caller) -> Any:
    return select(BoothEvent).where(
        BoothEvent.user_id == caller.id,
        BoothEvent.ended_at.is_(None),
        BoothEvent.ends_at > utcnow(),
    )


def _open(caller: Caller) -> Any:
    return update(BoothEvent).where(BoothEvent.user_id == caller.id, BoothEvent.ended_at.is_(None))
