"""How many merges an account may have, whichever way it starts them."""

from __future__ import annotations

from photoai.db import Executor
from photoai.errors import PlanUsedUp
from photoai.services.accounts import Accounts

RETRY_SEC = 30


class Allowance:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def check(self, db: Executor, user_id: int) -> None:
        """In the transaction that starts one more.

        Raises:
            PlanUsedUp: as many wait and run, or were begun today, as the account's plan allows.
            Unauthorized: the account is gone.
        """
        plan, usage = self._accounts.allowed_and_used(db, user_id)
        used = {"merges_at_once": (usage.merges_running, plan.merges_at_once)}
        if plan.merges_per_day is not None:
            used["merges_per_day"] = (usage.merges_today, plan.merges_per_day)
        for name, (count, limit) in used.items():
            if count >= limit:
                raise PlanUsedUp(
                    details={"plan": plan.name, "limit": name, "allowed": limit, "used": count},
                    retry_after=RETRY_SEC,
                )
