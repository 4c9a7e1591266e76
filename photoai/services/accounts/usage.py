"""How much of its plan an account uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select, text

from photoai.db import Executor
from photoai.models import Job, JobRetry, JobState
from photoai.services.clock import utcnow

DAY = timedelta(hours=24)
# The kinds of job behind what plans count.
Counted = Mapping[str, Collection[str]]
HOW_MANY = func.count().label("number")
NOTHING: Counted = {"merges": (), "tasks": ()}


@dataclass(frozen=True)
class Usage:
    """What waits or runs now, and what was ordered or tried again in the last 24 hours."""

    merges_running: int
    merges_today: int
    tasks_running: int
    tasks_today: int


def usage_of(db: Executor, user_id: int, counted: Counted) -> Usage:
    """Counted by the indexes of open jobs and of the account's newest: an operator may have made
    a million photos."""
    kinds = [kind for sort in counted.values() for kind in sort]
    theirs = (Job.user_id == user_id, Job.kind.in_(kinds))
    running = select(Job.kind, HOW_MANY).where(
        *theirs, Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    a_day_ago = utcnow() - DAY
    before_today = (
        select(Job.id)
        .where(Job.user_id == user_id, Job.created < a_day_ago)
        .order_by(Job.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ordered = select(Job.kind, HOW_MANY).where(
        *theirs, text("kind <> 'photo'"), Job.id > func.coalesce(before_today, 0)
    )
    again = select(JobRetry.kind, HOW_MANY).where(
        JobRetry.user_id == user_id, JobRetry.kind.in_(kinds), JobRetry.at >= a_day_ago
    )
    running_now, ordered_today, again_today = (
        _found(db, each) for each in (running, ordered, again)
    )
    today = ordered_today + again_today

    def of(sort: str, found: Counter[str]) -> int:
        return sum(found[kind] for kind in counted[sort])

    return Usage(
        of("merges", running_now), of("merges", today), of("tasks", running_now), of("tasks", today)
    )


def _found(db: Executor, of_kinds: Select[Any, Any]) -> Counter[str]:
    rows = db.execute(of_kinds.group_by(text("kind")))
    return Counter({row.kind: row.number for row in rows})
