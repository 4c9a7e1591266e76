"""How much of its plan an account uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from photoai.models import Job, JobState
from photoai.services.clock import utcnow

MERGE = "merge"
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Usage:
    """Merges that wait or run now, and those that were ordered in the last 24 hours."""

    merges_running: int
    merges_today: int


def usage_of(session: Session, user_id: int) -> Usage:
    """Counted by the indexes of open jobs and of the account's newest: an operator may have made
    a million photos."""
    theirs = (Job.user_id == user_id, Job.kind == MERGE)
    running = select(func.count()).where(
        *theirs, Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    before_today = (
        select(Job.id)
        .where(Job.user_id == user_id, Job.created < utcnow() - DAY)
        .order_by(Job.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    today = select(func.count()).where(*theirs, Job.id > func.coalesce(before_today, 0))
    return Usage(session.scalar(running) or 0, session.scalar(today) or 0)
