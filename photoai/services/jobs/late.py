"""The late tray: photos no booth waits for any more, until somebody hands them over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update

from photoai.db import Database, Executor, next_job_version
from photoai.errors import JobUnknown
from photoai.models import PHOTO, Job, JobState
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents

from .states import JOBS

MOST = 100  # photos that are shown
READ_AT_ONCE = 200  # of all there are
UNDO_OFFERED = timedelta(minutes=5)
IS_PHOTO = JOBS.c.kind == PHOTO
IS_THERE = and_(JOBS.c.state == JobState.SUCCEEDED, JOBS.c.result_key.is_not(None))
# In the words of the partial index, which would not be used with bound values.
IN_TRAY: Any = text("late_since IS NOT NULL AND handed_over IS NULL")


@dataclass(frozen=True)
class LatePage:
    """Some of the tray's photos, and how many there are in all."""

    jobs: Sequence[Job]
    total: int


@dataclass(frozen=True)
class Handing:
    """What one call handed over: so many photos, known together by its `receipt`."""

    count: int
    receipt: str


class LateTray:
    def __init__(self, database: Database, events: LocalEvents) -> None:
        self._db = database
        self._events = events

    def page(self, caller: Caller, *, page: int = 1, page_size: int = MOST) -> LatePage:
        """The caller's late photos that are there or still on their way, newest first."""
        is_coming = JOBS.c.state.in_([JobState.QUEUED, JobState.RUNNING])
        theirs = (Job.user_id == caller.id, IN_TRAY, IS_PHOTO, or_(IS_THERE, is_coming))
        query = select(Job).where(*theirs).order_by(Job.id.desc())
        with self._db.read() as session:
            jobs = session.scalars(query.limit(page_size).offset((page - 1) * page_size)).all()
            total = session.scalar(select(func.count()).select_from(Job).where(*theirs)) or 0
        return LatePage(jobs, total)

    def finished(self, caller: Caller) -> Iterator[Job]:
        """All of them that are there, newest first, however many: read little by little."""
        query = select(Job).where(Job.user_id == caller.id, IN_TRAY, IS_PHOTO, IS_THERE)
        query = query.order_by(Job.id.desc()).limit(READ_AT_ONCE)
        older: list[ColumnElement[bool]] = []
        while True:
            with self._db.read() as session:
                found = session.scalars(query.where(*older)).all()
            if not found:
                return
            yield from found
            older = [Job.id < found[-1].id]

    def mark(self, db: Executor, job_id: int) -> None:
        """Nobody waits for this photo from now on; fine to say twice."""
        unmarked = and_(JOBS.c.id == job_id, JOBS.c.late_since.is_(None))
        db.execute(_change(unmarked, late_since=utcnow()))

    def put(self, public_id: str, answering: datetime) -> None:
        """The same of a photo that was on its way to its booth, since the moment `answering`, and
        did not arrive; unless the booth, or its guest, has got it since then another way."""
        lacking = or_(JOBS.c.handed_over.is_(None), JOBS.c.handed_over < answering)
        here = and_(JOBS.c.public_id == public_id, lacking)
        self._say(_change(here, late_since=utcnow(), handed_over=None))

    def delivered(self, public_id: str) -> None:
        """A booth has come back for its photo and has it, though nobody may know yet that it did
        not arrive before."""
        lacking = and_(JOBS.c.public_id == public_id, JOBS.c.handed_over.is_(None))
        self._say(_change(lacking, handed_over=utcnow()))

    def hand_over(self, caller: Caller, public_id: str) -> Handing:
        """The guest has the photo; fine to say twice, when nothing is handed over.

        Raises:
            JobUnknown: the caller has no late photo of that name.
        """
        query = select(Job.id).where(
            Job.public_id == public_id, Job.user_id == caller.id, Job.late_since.is_not(None)
        )
        with self._db.read() as session:
            if session.scalar(query) is None:
                raise JobUnknown
        return self._hand_over(JOBS.c.public_id == public_id)

    def hand_over_all(self, caller: Caller, named: Collection[str] | None = None) -> Handing:
        """The same of those of the caller's finished late photos that are `named`, or of all. One
        that is still on its way stays."""
        theirs = [JOBS.c.user_id == caller.id, IS_PHOTO, IS_THERE]
        theirs += [] if named is None else [JOBS.c.public_id.in_(named)]
        return self._hand_over(and_(*theirs))

    def undoable(self, caller: Caller, receipt: str) -> int:
        """How many photos `put_back` would put back; none once that is offered no longer."""
        moment = _moment_of(receipt)
        if moment is None or moment < utcnow() - UNDO_OFFERED:
            return 0
        query = select(func.count()).select_from(JOBS).where(_handed_over_at(caller, moment))
        with self._db.read() as session:
            return session.scalar(query) or 0

    def put_back(self, caller: Caller, receipt: str) -> int:
        """What one call handed over was not handed over after all; how many photos are in the tray
        again. Those another call handed over, before or since, stay handed over."""
        moment = _moment_of(receipt)
        if moment is None:
            return 0
        return self._say(_change(_handed_over_at(caller, moment), handed_over=None))

    def take_back(self, caller: Caller, public_id: str) -> None:
        """It was not handed over after all. Raises JobUnknown"""
        theirs = and_(
            JOBS.c.public_id == public_id,
            JOBS.c.user_id == caller.id,
            JOBS.c.late_since.is_not(None),
        )
        if not self._say(_change(theirs, handed_over=None)):
            raise JobUnknown

    def _hand_over(self, condition: ColumnElement[bool]) -> Handing:
        now = utcnow()
        count = self._say(_change(_not_handed_over(condition), handed_over=now))
        return Handing(count, now.isoformat())

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
        IS_PHOTO,
        JOBS.c.state.in_([JobState.QUEUED, JobState.RUNNING]),
        JOBS.c.late_since.is_(None),
        JOBS.c.created < began,
        JOBS.c.params["test"].as_boolean().is_not(True),
    )
    db.execute(_change(left_behind, late_since=utcnow()))


def _not_handed_over(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(condition, JOBS.c.late_since.is_not(None), JOBS.c.handed_over.is_(None))


def _handed_over_at(caller: Caller, moment: datetime) -> ColumnElement[bool]:
    """All that one call handed over has one moment. A photo that was deleted stays out."""
    theirs = and_(JOBS.c.user_id == caller.id, JOBS.c.late_since.is_not(None))
    return and_(theirs, IS_THERE, JOBS.c.handed_over == moment)


def _moment_of(receipt: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(receipt)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _change(condition: ColumnElement[bool], **moments: datetime | None) -> Any:
    return update(JOBS).where(condition).values(version=next_job_version(), **moments)
