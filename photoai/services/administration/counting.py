"""What accounts keep here and have done here, counted for several of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from photoai.models import Job, JobState, UserFile
from photoai.services.clock import utcnow

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Held:
    """Files that are not deleted."""

    files: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class Work:
    """Jobs of all kinds: those that wait or run, and those of the last 24 hours."""

    jobs_open: int = 0
    jobs_today: int = 0


def held_by(session: Session, user_ids: Sequence[int]) -> Mapping[int, Held]:
    shown = (UserFile.user_id.in_(user_ids), UserFile.deleted_at.is_(None))
    columns = (UserFile.user_id, func.count(), func.sum(UserFile.size_bytes))
    found: defaultdict[int, Held] = defaultdict(Held)
    for user_id, files, size in session.execute(
        select(*columns).where(*shown).group_by(UserFile.user_id)
    ):
        found[user_id] = Held(files, int(size))
    return found


def work_of(session: Session, user_ids: Sequence[int]) -> Mapping[int, Work]:
    open_now = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    running = _jobs(session, user_ids, open_now)
    today = _jobs(session, user_ids, Job.created >= utcnow() - DAY)
    return {each: Work(running.get(each, 0), today.get(each, 0)) for each in user_ids}


def _jobs(
    session: Session, user_ids: Sequence[int], which: ColumnElement[bool]
) -> Mapping[int, int]:
    theirs = select(Job.user_id, func.count()).where(Job.user_id.in_(user_ids), which)
    return dict(session.execute(theirs.group_by(Job.user_id)).all())
