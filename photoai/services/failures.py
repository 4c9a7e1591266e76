"""Why photos were not finished: what an operator's photos failed with lately, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.sql.functions import count

from photoai.db import Database
from photoai.models import LogStatus, ProcessingLog
from photoai.services.accounts import Caller
from photoai.services.providers import advice_on

LOG = cast(Table, ProcessingLog.__table__)
# Requests, from the end of an index: the log may be of any length.
LOOKED_THROUGH = 2000
MOST = 5


@dataclass(frozen=True)
class FailureWish:
    """Which failures to tell of; None is any."""

    slot_id: str | None = None
    provider_id: str | None = None
    page: int = 1
    page_size: int = MOST


@dataclass(frozen=True)
class Failure:
    """What `count` photos of one provider failed with, as a whole sentence; `advice` is another
    one, "" where there is none."""

    code: str
    said: str
    provider_id: str | None
    count: int
    advice: str


@dataclass(frozen=True)
class FailurePage:
    """Some of the failures, and how many different ones there are."""

    failures: Sequence[Failure]
    total: int


EVERY = FailureWish()


class Failures:
    def __init__(self, database: Database) -> None:
        self._db = database

    def lately(self, caller: Caller, wish: FailureWish = EVERY) -> FailurePage:
        """The most frequent ones first, among the newest requests, all or a slot's; tests are not
        counted."""
        theirs = [LOG.c.user_id == caller.id]
        theirs += [LOG.c.slot_id == wish.slot_id] if wish.slot_id else []
        newest = (
            select(LOG.c.error_code, LOG.c.error_message, LOG.c.provider_id, LOG.c.status)
            .where(*theirs)
            .order_by(LOG.c.created_at.desc())
            .limit(LOOKED_THROUGH)
            .subquery()
        )
        what, times = (newest.c.error_code, newest.c.error_message, newest.c.provider_id), count()
        query = (
            select(*what, times)
            .where(newest.c.status != LogStatus.SUCCESS, newest.c.error_message.is_not(None))
            .group_by(*what)
            .order_by(times.desc(), *what)
        )
        if wish.provider_id:
            query = query.where(newest.c.provider_id == wish.provider_id)
        with self._db.look() as connection:
            rows = connection.execute(query).all()
        first = (wish.page - 1) * wish.page_size
        failures = [
            Failure(code, said, provider, count, advice_on(said))
            for code, said, provider, count in rows[first : first + wish.page_size]
        ]
        return FailurePage(failures, len(rows))
