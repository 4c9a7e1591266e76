"""How much of its plan an account uses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, text, union_all

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
    running = [
        select(Job.kind, HOW_MANY).where(*each, Job.kind.in_(kinds)) for each in unended(user_id)
    ]
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
    running_now = sum((_found(db, each) for each in running), Counter())
    today = _found(db, ordered) + _found(db, again)

    def of(sort: str, found: Counter[str]) -> int:
        return sum(found[kind] for kind in counted[sort])

    return Usage(
        of("merges", running_now), of("merges", today), of("tasks", running_now), of("tasks", today)
    )


def seconds_to_a_place(db: Executor, user_id: int, kinds: Collection[str], over: int) -> int:
    """In how many one more may be begun, where a day's are as many as may be and `over` more: when
    that many and one, from the oldest on, are a day old."""
    now = utcnow()
    ordered = select(Job.created.label("at")).where(
        Job.user_id == user_id,
        Job.kind.in_(kinds),
        text("kind <> 'photo'"),
        Job.created > now - DAY,
    )
    again = select(JobRetry.at.label("at")).where(
        JobRetry.user_id == user_id, JobRetry.kind.in_(kinds), JobRetry.at > now - DAY
    )
    begun = union_all(ordered, again).subquery()
    found = db.execute(select(begun.c.at).order_by(begun.c.at).offset(over).limit(1)).scalar()
    return math.ceil((DAY - (now - (found or now))).total_seconds()) or 1


def _found(db: Executor, of_kinds: Select[Any, Any]) -> Counter[str]:
    rows = db.execute(of_kinds.group_by(text("kind")))
    return Counter({row.kind: row.number for row in rows})


def unended(user_id: int) -> Iterator[list[ColumnElement[bool]]]:
    """An account's jobs that wait, and those that run, in the words of their partial indexes: one
    would not be used with a bound value, nor beside the account's own index, which holds
    everything that ever ended."""
    for state in (JobState.QUEUED, JobState.RUNNING):
        in_state = Job.state == literal(state.value, literal_execute=True)
        yield [in_state, Job.user_id + 0 == user_id]
