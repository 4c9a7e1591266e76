"""The rows behind live events. Every read is one short look; none is held over a wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from photoai.db import Database
from photoai.models import Job, JobState, Slot
from photoai.offload import look_around
from photoai.services.jobs import Outlooks

from .moments import Key, Kind, Moment

PAGE = 500  # versions; few of them are rows, and fewer one user's
COUNTER = select(
    select(func.max(Job.version)).scalar_subquery(),
    select(func.max(Slot.event_version)).scalar_subquery(),
)


class Rows:
    def __init__(self, database: Database, outlooks: Outlooks) -> None:
        self._db = database
        self._outlooks = outlooks

    def counter(self) -> int:
        """The highest version that can be seen."""
        with self._db.look() as connection:
            return max(version or 0 for version in connection.execute(COUNTER).one())

    def job(self, user_id: int, public_id: str) -> Moment | None:
        query = select(Job).where(Job.public_id == public_id, Job.user_id == user_id)
        return next(iter(self._jobs(query)), None)

    def unfinished(self, user_id: int) -> list[Moment]:
        """The user's jobs that wait or run, in the order in which they changed."""
        waits_or_runs = Job.state.in_([JobState.QUEUED, JobState.RUNNING])
        return self._jobs(
            select(Job).where(Job.user_id == user_id, waits_or_runs).order_by(Job.version)
        )

    def changed(self, user_id: int, since: int, until: int) -> Iterator[Moment]:
        """The user's rows with a version above `since` and up to `until`, in that order.

        That may be far: it is gone in steps, and others are let in between.
        """
        for first in range(since, until, PAGE):
            last = min(first + PAGE, until)
            mine = [Job.user_id == user_id, Job.version > first, Job.version <= last]
            found = self._jobs(select(Job).where(*mine))
            mine = [Slot.user_id == user_id, Slot.event_version > first]
            found += self._slots(select(Slot).where(*mine, Slot.event_version <= last))
            yield from sorted(found, key=lambda moment: moment.version)
            look_around()

    def named(self, keys: Iterable[Key], users: Sequence[int]) -> list[Moment]:
        """Those of these rows that belong to one of these users; in any order."""
        jobs = [key for key in keys if isinstance(key, int)]
        slots = [key for key in keys if not isinstance(key, int)]
        found: list[Moment] = []
        if jobs:
            found += self._jobs(select(Job).where(Job.id.in_(jobs), Job.user_id.in_(users)))
        if slots:
            found += self._slots(select(Slot).where(tuple_(Slot.user_id, Slot.id).in_(slots)))
        return found

    def versions(self, since: int) -> dict[Key, int]:
        """Which rows of all users have a version above `since`, and which one."""
        jobs = select(Job.id, Job.version).where(Job.version > since)
        slots = select(Slot.user_id, Slot.id, Slot.event_version).where(Slot.event_version > since)
        found: dict[Key, int] = {}
        with self._db.look() as connection:
            for job_id, version in connection.execute(jobs):
                found[job_id] = version
            for user_id, slot_id, version in connection.execute(slots):
                found[user_id, slot_id] = version
        return found

    def _jobs(self, query: Select[Any]) -> list[Moment]:
        with self._db.read() as session:
            jobs = session.scalars(query).all()
        outlooks = self._outlooks.of_all(jobs)
        return [
            Moment(Kind.STATE, job.id, job.version, job.user_id, job, outlook)
            for job, outlook in zip(jobs, outlooks, strict=True)
        ]

    def _slots(self, query: Select[Any]) -> list[Moment]:
        with self._db.read() as session:
            slots = session.scalars(query).all()
        return [
            Moment(Kind.SLOT, (slot.user_id, slot.id), slot.event_version, slot.user_id, slot)
            for slot in slots
        ]
