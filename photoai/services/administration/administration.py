"""The parts of administration, put together."""

from __future__ import annotations

from dataclasses import dataclass

from photoai.db import Database
from photoai.services.accounts import Accounts
from photoai.services.audit import Audit
from photoai.services.events import LocalEvents
from photoai.services.jobs import Jobs

from .tasks import AllTasks
from .usage import UsageReport
from .users import Users


@dataclass(frozen=True)
class Administration:
    users: Users
    tasks: AllTasks
    usage: UsageReport
    audit: Audit

    @classmethod
    def of(
        cls, database: Database, accounts: Accounts, jobs: Jobs, events: LocalEvents
    ) -> Administration:
        return cls(
            Users(database, accounts, events),
            AllTasks(database, jobs),
            UsageReport(database),
            Audit(database),
        )
