"""How many jobs of a sort an account may have, whichever way it starts them."""

from __future__ import annotations

from photoai.db import Executor
from photoai.errors import PlanUsedUp

from .accounts import Accounts

RETRY_SEC = 30


class Allowance:
    """`sort` is one of those a plan counts: `merges`, `tasks`."""

    def __init__(self, accounts: Accounts, sort: str) -> None:
        self._accounts = accounts
        self._sort = sort

    def check(self, db: Executor, user_id: int) -> None:
        """In the transaction that starts one more.

        Raises:
            PlanUsedUp: as many wait and run, or were begun today, as the account's plan allows.
            Unauthorized: the account is gone.
        """
        plan, usage = self._accounts.allowed_and_used(db, user_id)
        at_once, per_day = f"{self._sort}_at_once", f"{self._sort}_per_day"
        used = {
            at_once: getattr(usage, f"{self._sort}_running"),
            per_day: getattr(usage, f"{self._sort}_today"),
        }
        for name, count in used.items():
            limit = getattr(plan, name)
            if limit is not None and count >= limit:
                over = count - limit
                raise PlanUsedUp(
                    details={"plan": plan.name, "limit": name, "allowed": limit, "used": count},
                    retry_after=RETRY_SEC
                    if name == at_once
                    else self._accounts.seconds_to_a_place(db, user_id, self._sort, over),
                )
