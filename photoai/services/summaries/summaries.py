"""Who wants a summary, when it is due, and putting it into the webhooks' outbox.

A summary is of the 24 hours before its hour, so that one that is due in the morning has the whole
evening. It is put in the same transaction that writes down that it was: whichever process is first,
and however often they are started anew, there is one a day.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from sqlalchemy import Table, Update, delete, or_, select, update

from photoai.db import Database, put
from photoai.errors.alerts import SummaryNowhereToSend
from photoai.models import SummaryPlan
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.webhooks import Delivery, Webhooks

from .figures import Figures, figures_of

DAY = timedelta(days=1)
OF_DAY, TEST = "summary.day", "summary.test"
USUAL_HOUR = 6
TABLE = cast(Table, SummaryPlan.__table__)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """Where a summary goes, None: nowhere, and at which hour of the day (UTC)."""

    webhook_url: str | None = None
    hour: int = USUAL_HOUR


class Summaries:
    def __init__(self, database: Database, webhooks: Webhooks) -> None:
        self._db = database
        self._webhooks = webhooks

    def plan(self, caller: Caller) -> Plan:
        row = self._row(caller)
        return Plan(row.webhook_url, row.hour) if row else Plan()

    def change(self, caller: Caller, plan: Plan) -> Plan:
        """The plan as it was saved. One for an hour that has just passed begins tomorrow.

        Raises:
            WebhookRefused: nothing of ours may be sent there.
        """
        if plan.webhook_url is None:
            with self._db.begin() as session:
                session.execute(delete(TABLE).where(TABLE.c.user_id == caller.id))
            return Plan()
        url = self._webhooks.checked(plan.webhook_url)
        row = {"user_id": caller.id, "webhook_url": url, "hour": plan.hour}
        with self._db.begin() as session:
            put(session, TABLE, row | {"since": self._db.now(session)})
        return Plan(url, plan.hour)

    def send_test(self, caller: Caller) -> Delivery:
        """Put one of the last 24 hours into the outbox now, whatever was sent today.

        Raises:
            SummaryNowhereToSend
        """
        row = self._row(caller)
        if row is None:
            raise SummaryNowhereToSend
        now = utcnow()
        facts = self._facts(caller.id, now - DAY, now)
        with self._db.transaction() as db:
            id_ = self._webhooks.put(db, caller.id, row.webhook_url, TEST, {"summary": facts})
        return self._webhooks.of_user(caller, id_)[0]

    def deliveries(self, caller: Caller) -> Sequence[Delivery]:
        """The newest summaries and how they fared, the newest first."""
        return self._webhooks.of_user(caller)

    def put_due(self) -> None:
        """Every summary whose hour has come goes into the outbox, once."""
        with self._db.read() as session:
            now, plans = self._db.now(session), session.scalars(select(SummaryPlan)).all()
        for plan in plans:
            moment = last_due(now, plan.hour)
            if moment > plan.since and (plan.last_day is None or plan.last_day < moment.date()):
                self._put(plan, moment)

    def _put(self, plan: SummaryPlan, moment: datetime) -> None:
        facts, day = self._facts(plan.user_id, moment - DAY, moment), moment.date()
        with self._db.transaction() as db:
            if db.execute(_said(plan, day)).rowcount:
                url, told = plan.webhook_url, {"summary": facts}
                self._webhooks.put(db, plan.user_id, url, OF_DAY, told)
                log.info("summary_put", extra={"fields": {"user": plan.user_id, "day": str(day)}})

    def _facts(self, user_id: int, start: datetime, end: datetime) -> dict[str, object]:
        figures: Figures = figures_of(self._db, user_id, start, end)
        return figures.as_json()

    def _row(self, caller: Caller) -> SummaryPlan | None:
        with self._db.read() as session:
            return session.get(SummaryPlan, caller.id)


def last_due(now: datetime, hour: int) -> datetime:
    """The last moment at which it was that hour."""
    today = datetime.combine(now.astimezone(UTC).date(), time(hour), UTC)
    return today if today <= now else today - DAY


def _said(plan: SummaryPlan, day: date) -> Update:
    """Changes no row when somebody was faster, or the plan is another by now."""
    unsaid = or_(TABLE.c.last_day.is_(None), TABLE.c.last_day < day)
    as_read = (TABLE.c.webhook_url == plan.webhook_url, TABLE.c.hour == plan.hour)
    return (
        update(TABLE).where(TABLE.c.user_id == plan.user_id, unsaid, *as_read).values(last_day=day)
    )
