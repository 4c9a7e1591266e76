"""What analyses cost, and what an account's may cost in a day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from photoai.db import Database, Executor
from photoai.errors.reels import BudgetSpent
from photoai.models import Job, ReelCall
from photoai.services.accounts import Accounts
from photoai.services.clock import utcnow

KEPT = timedelta(days=400)
CENTS = 100


class Budget:
    """A day is one of UTC's."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._db = database
        self._accounts = accounts

    def check(self, db: Executor, user_id: int) -> None:
        """In the transaction that starts one more, or before one asks a model.

        Raises:
            BudgetSpent: what the account's plan lets its analyses cost a day is spent.
            Unauthorized: the account is gone.
        """
        plan, _ = self._accounts.allowed_and_used(db, user_id)
        allowed = plan.reels_cents_per_day
        if allowed is None:
            return
        now = utcnow()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        spent = self._spent_usd(db, user_id, today) * CENTS
        if spent >= allowed:
            about = {"plan": plan.name, "allowed_cents": allowed, "spent_cents": round(spent, 2)}
            left_sec = (today + timedelta(days=1) - now).total_seconds()
            raise BudgetSpent(details=about, retry_after=math.ceil(left_sec) or 1)

    def spent_today_usd(self, user_id: int) -> float:
        now = utcnow()
        with self._db.look() as db:
            today = now.replace(hour=0, minute=0, second=0, microsecond=0)
            return self._spent_usd(db, user_id, today)

    def book(self, job: Job, model: str, usage: Mapping[str, int], cost: float) -> None:
        """Write down what a job's questions have used up, whatever came of them."""
        if not usage and not cost:
            return
        row = ReelCall(
            user_id=job.user_id,
            job_id=job.public_id,
            model=model,
            usage=dict(usage),
            cost_usd=cost,
            at=utcnow(),
        )
        with self._db.begin() as session:
            session.add(row)

    def forget_old(self) -> None:
        with self._db.begin(durable=False) as session:
            session.execute(delete(ReelCall).where(ReelCall.at < utcnow() - KEPT))

    def _spent_usd(self, db: Executor, user_id: int, since: datetime) -> float:
        spent = select(func.sum(ReelCall.cost_usd))
        theirs = spent.where(ReelCall.user_id == user_id, ReelCall.at >= since)
        return float(db.scalar(theirs) or 0.0)
