"""How much of its plan an account uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, literal, select

from photoai.db import Executor
from photoai.models import Job, JobRetry, JobState
from photoai.services.clock import utcnow

MERGE = "merge"
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Usage:
    """Merges that wait or run now, and those ordered or tried again in the last 24 hours."""

    merges_running: int
    merges_today: int


def usage_of(db: Executor, user_id: int) -> Usage:
    """Counted by the indexes of open jobs and of the account's newest: an operator may have made
    a million photos."""
    theirs = (Job.user_id == user_id, Job.kind == MERGE)
    running = [select(func.count()).where(*each, Job.kind == MERGE) for each in unended(user_id)]
    a_day_ago = utcnow() - DAY
    before_today = (
        select(Job.id)
        .where(Job.user_id == user_id, Job.created < a_day_ago)
        .order_by(Job.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ordered = select(func.count()).where(*theirs, Job.id > func.coalesce(before_today, 0))
    again = select(func.count()).where(
        JobRetry.user_id == user_id, JobRetry.kind == MERGE, JobRetry.at >= a_day_ago
    )
    running_now = sum(db.scalar(each) or 0 for each in running)
    return Usage(running_now, sum(db.scalar(each) or 0 for each in (ordered, again)))


def unended(user_id: int) -> Iterator[list[ColumnElement[bool]]]:
    """An account's jobs that wait, and those that run, in the words of their partial indexes: one
    would not be used with a bound value, nor beside the account's own index, which holds
    everything that ever ended."""
    for state in (JobState.QUEUED, JobState.RUNNING):
        in_state = Job.state == literal(state.value, literal_execute=True)
        yield [in_state, Job.user_id + 0 == user_id]
