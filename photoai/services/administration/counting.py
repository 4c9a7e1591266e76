"""What accounts keep here and have done here, counted for several of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from photoai.models import Job, UserFile
from photoai.services.accounts import unended
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
    since = utcnow() - DAY
    return {
        user_id: Work(_open(session, user_id), session.scalar(_newer(user_id, since)) or 0)
        for user_id in user_ids
    }


def _open(session: Session, user_id: int) -> int:
    counts = (select(func.count()).select_from(Job).where(*each) for each in unended(user_id))
    return sum(session.scalar(each) or 0 for each in counts)


def _newer(user_id: int, since: datetime) -> Select[int]:
    """Ids grow with time, and by them the jobs of a user are indexed: the last one before the day
    is found from the newest on."""
    theirs = Job.user_id == user_id
    before = select(Job.id).where(theirs, Job.created < since).order_by(Job.id.desc()).limit(1)
    return select(func.count()).where(theirs, Job.id > func.coalesce(before.scalar_subquery(), 0))
