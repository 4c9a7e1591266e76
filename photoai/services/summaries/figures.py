"""What an operator's photos of some hours came to. All of it stands in the log, but for the rung a
photo was made on, which its job knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from photoai.db import Database
from photoai.errors import error_named
from photoai.models import Job, LogStatus
from photoai.services.stats import LOG

MOST_ERRORS = 5


@dataclass(frozen=True)
class Figures:
    """Counts of photos; `errors` includes those that were late. Times are those of the photos that
    succeeded, by nearest rank, None without any; cost in USD."""

    start: datetime
    end: datetime
    photos: int = 0
    errors: int = 0
    late: int = 0
    cost: float = 0.0
    p50_ms: int | None = None
    p95_ms: int | None = None
    rungs: Sequence[tuple[str, int]] = ()
    top_errors: Sequence[tuple[str, int]] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is sent, in English as all webhooks are."""
        made = sum(count for _, count in self.rungs)
        return {
            "from": _moment(self.start),
            "to": _moment(self.end),
            "photos": self.photos,
            "succeeded": self.photos - self.errors,
            "errors": self.errors,
            "late": self.late,
            "error_percent": _percent(self.errors, self.photos),
            "cost_usd": round(self.cost, 4),
            "p50_ms": self.p50_ms,
            "p95_ms": self.p95_ms,
            "rungs": [
                {"rung": rung, "photos": count, "percent": _percent(count, made)}
                for rung, count in self.rungs
            ],
            "top_errors": [
                {"code": code, "message": error_named(code).message, "photos": count}
                for code, count in self.top_errors
            ],
        }


def figures_of(database: Database, user_id: int, start: datetime, end: datetime) -> Figures:
    """From `start` until before `end`, by when the photos were received."""
    theirs = (LOG.c.user_id == user_id, LOG.c.created_at >= start, LOG.c.created_at < end)
    is_wrong, is_late = LOG.c.status != LogStatus.SUCCESS, LOG.c.status == LogStatus.TIMEOUT
    sums = select(
        func.count(), _count(is_wrong), _count(is_late), func.coalesce(func.sum(LOG.c.cost), 0.0)
    ).where(*theirs)
    rung = Job.result["rung"].as_string()
    rungs = (
        select(rung, func.count())
        .select_from(LOG.join(Job.__table__, Job.public_id == LOG.c.job_id))
        .where(*theirs, rung.is_not(None))
        .group_by(rung)
        .order_by(rung)
    )
    errors = (
        select(LOG.c.error_code, func.count())
        .where(*theirs, LOG.c.error_code.is_not(None))
        .group_by(LOG.c.error_code)
        .order_by(func.count().desc(), LOG.c.error_code)
        .limit(MOST_ERRORS)
    )
    with database.look() as connection:
        photos, wrong, late, cost = connection.execute(sums).one()
        times = (*theirs, ~is_wrong)
        return Figures(
            start,
            end,
            photos,
            wrong,
            late,
            float(cost),
            _time_ms(connection, times, photos - wrong, 0.5),
            _time_ms(connection, times, photos - wrong, 0.95),
            [(name, count) for name, count in connection.execute(rungs)],
            [(code, count) for code, count in connection.execute(errors)],
        )


def _time_ms(
    connection: Connection, where: Sequence[ColumnElement[bool]], count: int, share: float
) -> int | None:
    if not count:
        return None
    query = select(LOG.c.response_time_ms).where(*where).order_by(LOG.c.response_time_ms)
    rank = math.ceil(share * count)
    found: int | None = connection.execute(query.offset(rank - 1).limit(1)).scalar()
    return found


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
