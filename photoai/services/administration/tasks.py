"""Every account's jobs.

There may be a million of them, so nothing here reads what is not shown: a slice is all that waits,
all that runs, or what has ended in one state and is of one kind, which indexes hold in order; a
page takes the newest of each slice that is wished for, and the newest of those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from photoai.db import Database, Executor
from photoai.errors import JobUnknown
from photoai.models import Job, JobState, User
from photoai.services.audit import Action, Actor, Deed, Facts, target_of_task, write
from photoai.services.jobs import Jobs


@dataclass(frozen=True)
class Slice:
    """Which jobs, and what they are put in order by."""

    which: Sequence[ColumnElement[bool]]
    order: ColumnElement[Any]


@dataclass(frozen=True)
class TaskWish:
    user_id: int | None = None
    state: str | None = None
    kind: str | None = None
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True)
class TaskLine:
    """A job without what its owner has put into it."""

    public_id: str
    kind: str
    state: str
    stage: str | None
    progress: float
    attempt: int
    cancel_requested: bool
    provider: str | None
    slot_id: str | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    error_code: str | None
    error_text: str | None
    user_id: int
    username: str


@dataclass(frozen=True)
class TaskPage:
    tasks: Sequence[TaskLine]
    total: int


COLUMNS = [
    User.username if name == "username" else getattr(Job, name)
    for name in TaskLine.__dataclass_fields__
]


class AllTasks:
    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._db = database
        self._jobs = jobs

    def page(self, wish: TaskWish) -> TaskPage:
        """The jobs that are wished for, the newest first."""
        with self._db.read() as session:
            slices = list(slices_of(session, wish))
            total: int = sum(session.scalar(counted(each)) for each in slices)
            ids = session.scalars(newest(slices, wish)).all() if slices else []
            return TaskPage(_lines(session, Job.id.in_(ids)), total)

    def get(self, public_id: str) -> TaskLine:
        """Raises JobUnknown."""
        with self._db.read() as session:
            found = _lines(session, Job.public_id == public_id)
        if not found:
            raise JobUnknown
        return found[0]

    def cancel(self, actor: Actor, public_id: str) -> TaskLine:
        """Ask for the end of anybody's job; a queued one ends at once.

        Raises:
            JobUnknown, JobAlreadyEnded
        """

        def note(db: Executor, before: Job, now: Job) -> None:
            target = target_of_task(now, line.username)
            write(db, actor, Deed(Action.TASK_CANCELLED, *target, _state(before), _state(now)))

        line = self.get(public_id)
        with self._db.read() as session:
            job_id = session.scalar(select(Job.id).where(Job.public_id == public_id))
        if job_id is None:
            raise JobUnknown
        self._jobs.cancel_anybodys(job_id, note)
        return self.get(public_id)


def newest(slices: Sequence[Slice], wish: TaskWish) -> Select[Any]:
    """The ids of one page."""
    end = wish.page * wish.page_size
    heads = [
        select(Job.id).where(*each.which).order_by(each.order.desc()).limit(end).subquery()
        for each in slices
    ]
    every = union_all(*(select(head.c.id) for head in heads)).subquery()
    ids = select(every.c.id).order_by(every.c.id.desc())
    return ids.limit(wish.page_size).offset(end - wish.page_size)


def counted(one: Slice) -> Select[Any]:
    return select(func.count()).select_from(Job).where(*one.which)


def slices_of(session: Session, wish: TaskWish) -> Iterator[Slice]:
    if wish.state is None and wish.kind is None:
        theirs = [] if wish.user_id is None else [Job.user_id == wish.user_id]
        yield Slice(theirs, Job.id.expression)
        return
    for state in [JobState(wish.state)] if wish.state else JobState:
        if state.ended:
            yield from _ended(session, wish, state)
        else:
            yield _unended(wish, state)


def _unended(wish: TaskWish, state: JobState) -> Slice:
    """In the words of the partial index, which would not be used with a bound value; nor would it
    beside the user's own index or the ids', where all that has ended stands too."""
    which: list[ColumnElement[bool]] = [Job.state == literal(state.value, literal_execute=True)]
    which += [] if wish.user_id is None else [Job.user_id + 0 == wish.user_id]
    which += [Job.kind == wish.kind] if wish.kind else []
    return Slice(which, Job.id + 0)


def _ended(session: Session, wish: TaskWish, state: JobState) -> Iterator[Slice]:
    among: list[ColumnElement[bool]] = [Job.finished.is_not(None), Job.state == state.value]
    among += [] if wish.user_id is None else [Job.user_id == wish.user_id]
    for kind in [wish.kind] if wish.kind else _kinds(session, among):
        yield Slice([*among, Job.kind == kind], Job.id.expression)


def _kinds(session: Session, among: Sequence[ColumnElement[bool]]) -> Iterator[str]:
    """The kinds there are, each found by one step in the index."""
    kind = session.scalar(select(func.min(Job.kind)).where(*among))
    while kind is not None:
        yield kind
        kind = session.scalar(select(func.min(Job.kind)).where(*among, Job.kind > kind))


def _lines(session: Session, which: ColumnElement[bool]) -> list[TaskLine]:
    query = select(*COLUMNS).join(User, User.id == Job.user_id).where(which)
    return [TaskLine(*row) for row in session.execute(query.order_by(Job.id.desc()))]


def _state(job: Job) -> Facts:
    facts: dict[str, Any] = {"state": str(job.state)}
    return facts | ({} if JobState(job.state).ended else {"cancel_requested": job.cancel_requested})
