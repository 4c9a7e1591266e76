"""The late tray: photos no booth waits for any more, until somebody hands them over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, text, update

from photoai.db import Database, Executor, next_job_version
from photoai.errors import JobUnknown
from photoai.models import PHOTO, Job, JobState
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents

from .states import JOBS

MOST = 100  # photos that are shown
# In the words of the partial index, which would not be used with bound values.
IN_TRAY: Any = text("late_since IS NOT NULL AND handed_over IS NULL")


class LateTray:
    def __init__(self, database: Database, events: LocalEvents) -> None:
        self._db = database
        self._events = events

    def photos(self, caller: Caller, *, finished: bool = False, most: int = MOST) -> Sequence[Job]:
        """The caller's late photos that are there or still on their way, newest first; `finished`
        leaves out the latter."""
        is_there = and_(JOBS.c.state == JobState.SUCCEEDED, JOBS.c.result_key.is_not(None))
        is_coming = JOBS.c.state.in_([JobState.QUEUED, JobState.RUNNING])
        wanted = is_there if finished else or_(is_there, is_coming)
        query = select(Job).where(Job.user_id == caller.id, IN_TRAY, wanted)
        with self._db.read() as session:
            return session.scalars(query.order_by(Job.id.desc()).limit(most)).all()

    def mark(self, db: Executor, job_id: int) -> None:
        """Nobody waits for this photo from now on; fine to say twice."""
        unmarked = and_(JOBS.c.id == job_id, JOBS.c.late_since.is_(None))
        db.execute(_change(unmarked, late_since=utcnow()))

    def put(self, public_id: str) -> None:
        """The same of a photo that was on its way to its booth and did not arrive."""
        self._say(_change(JOBS.c.public_id == public_id, late_since=utcnow(), handed_over=None))

    def delivered(self, public_id: str) -> None:
        """A booth has come back for its photo and has it."""
        self._say(_change(_not_handed_over(JOBS.c.public_id == public_id), handed_over=utcnow()))

    def hand_over(self, caller: Caller, public_id: str) -> None:
        """The guest has the photo; fine to say twice.

        Raises:
            JobUnknown: the caller has no late photo of that name.
        """
        query = select(Job.id).where(
            Job.public_id == public_id, Job.user_id == caller.id, Job.late_since.is_not(None)
        )
        with self._db.read() as session:
            if session.scalar(query) is None:
                raise JobUnknown
        self.delivered(public_id)

    def hand_over_all(self, caller: Caller, named: Collection[str] | None = None) -> int:
        """The same of those of the caller's finished late photos that are `named`, or of all; how
        many there were. One that is still on its way stays."""
        theirs = [JOBS.c.user_id == caller.id, JOBS.c.state == JobState.SUCCEEDED]
        theirs += [] if named is None else [JOBS.c.public_id.in_(named)]
        return self._say(_change(_not_handed_over(and_(*theirs)), handed_over=utcnow()))

    def take_back(self, caller: Caller, public_id: str) -> None:
        """It was not handed over after all. Raises JobUnknown"""
        theirs = and_(
            JOBS.c.public_id == public_id,
            JOBS.c.user_id == caller.id,
            JOBS.c.late_since.is_not(None),
        )
        if not self._say(_change(theirs, handed_over=None)):
            raise JobUnknown

    def _say(self, change: Any) -> int:
        """Write it down and tell who listens; how many jobs it was about."""
        with self._db.transaction() as db:
            changed = db.scalars(change.returning(JOBS.c.id)).all()
        for job_id in changed:
            self._events.publish(job_id)
        return len(changed)


def mark_left_behind(db: Executor, began: datetime) -> None:
    """Nobody waits for photos that were accepted before the process `began` that looks after all
    of them: their booths' connections went with the one before it."""
    left_behind = and_(
        JOBS.c.kind == PHOTO,
        JOBS.c.state.in_([JobState.QUEUED, JobState.RUNNING]),
        JOBS.c.late_since.is_(None),
        JOBS.c.created < began,
        JOBS.c.params["test"].as_boolean().is_not(True),
    )
    db.execute(_change(left_behind, late_since=utcnow()))


def _not_handed_over(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(condition, JOBS.c.late_since.is_not(None), JOBS.c.handed_over.is_(None))


def _change(condition: ColumnElement[bool], **moments: datetime | None) -> Any:
    return update(JOBS).where(condition).values(version=next_job_version(), **moments)
