"""The services of analyses, as the settings have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from photoai.config import Config
from photoai.db import Database
from photoai.services.accounts import Accounts
from photoai.services.files import Files
from photoai.services.jobs import Jobs, Spares
from photoai.services.merges import WorkFolders
from photoai.services.providers import Providers
from photoai.services.storage import Store

from .attempt import Means
from .budget import Budget
from .known import KnownAnswers
from .records import Records
from .reels import Reels
from .remote_files import RemoteFiles
from .task import ReelTask


@dataclass(frozen=True)
class ReelParts:
    """The task, what may start one, what is tidied up; and the front door, once there are jobs."""

    task: ReelTask
    budget: Budget
    records: Records
    often: tuple[Callable[[], object], ...]
    seldom: tuple[Callable[[], object], ...]
    open: Callable[[Jobs], Reels]


def make_reels(
    config: Config,
    database: Database,
    store: Store,
    files: Files,
    accounts: Accounts,
    providers: Providers,
    folders: WorkFolders,
    spares: Spares,
) -> ReelParts:
    """Everything analyses are made with."""
    records = Records(database, store, config.result_ttl_hours)
    known = KnownAnswers(database, config.result_ttl_hours)
    remote_files = RemoteFiles(database, providers)
    budget = Budget(database, accounts)
    means = Means(database, providers, records, known, remote_files, budget)
    return ReelParts(
        task=ReelTask(means, store, files, folders, spares, config),
        budget=budget,
        records=records,
        often=(remote_files.tidy,),
        seldom=(records.forget_old, known.forget_old, budget.forget_old),
        open=lambda jobs: Reels(database, store, files, jobs, means, config),
    )
