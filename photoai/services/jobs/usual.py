"""How long jobs usually take, learnt from those that have succeeded: of a slot its own photos, as
long as there are enough of them, and otherwise all of the same kind and provider."""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from photoai.db import Database
from photoai.models import Job, JobState

from .states import JOBS

# Of all jobs so many of the newest are looked at, now and then; of a slot so many of its own.
LOOKED_AT, OF_SLOT, EVERY_SEC = 500, 100, 10.0
# So many of a slot's photos tell how long its next one takes; fewer say nothing yet.
MOST, FEWEST = 50, 5
SLOTS_KNOWN = 1000
P95 = 0.95

Sort = tuple[str, str | None]  # kind and provider
SlotSort = tuple[int, str, str | None]  # owner, slot and provider


@dataclass(frozen=True)
class Usual:
    """The median and, by nearest rank, the 95th percentile, in seconds."""

    p50_sec: float
    p95_sec: float

    @classmethod
    def of(cls, durations_sec: Sequence[float]) -> Usual:
        ordered = sorted(durations_sec)
        return cls(statistics.median(ordered), ordered[math.ceil(P95 * len(ordered)) - 1])


class Usuals:
    """Every answer is at most ten seconds old; most are given without a look at the database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._of_all: Mapping[Sort, Usual] = {}
        self._due = 0.0
        self._of_slots: dict[SlotSort, tuple[float, Usual | None]] = {}
        self._lock = threading.Lock()

    def of(self, job: Job) -> Usual | None:
        """None while nobody knows."""
        own = self._of_slot((job.user_id, job.slot_id, job.provider)) if job.slot_id else None
        return own or self._all().get((job.kind, job.provider))

    def _of_slot(self, sort: SlotSort) -> Usual | None:
        due, known = self._of_slots.get(sort, (0.0, None))
        now = time.monotonic()
        if now < due:
            return known
        if len(self._of_slots) >= SLOTS_KNOWN:
            self._of_slots.clear()
        self._of_slots[sort] = now + EVERY_SEC, known  # whoever asks meanwhile is not held up
        user_id, slot_id, provider = sort
        facts = {"user": user_id, "slot": slot_id, "provider": provider}
        with self._db.look() as connection:
            rows = connection.execute(NEWEST_OF_SLOT, facts).all()
        durations = [(finished - started).total_seconds() for started, finished in rows]
        known = Usual.of(durations[:MOST]) if len(durations) >= FEWEST else None
        self._of_slots[sort] = now + EVERY_SEC, known
        return known

    def _all(self) -> Mapping[Sort, Usual]:
        with self._lock:
            if time.monotonic() < self._due:
                return self._of_all
            self._due = time.monotonic() + EVERY_SEC
        durations: defaultdict[Sort, list[float]] = defaultdict(list)
        with self._db.look() as connection:
            for kind, provider, started, finished in connection.execute(NEWEST_OF_ALL):
                durations[kind, provider].append((finished - started).total_seconds())
        self._of_all = {sort: Usual.of(known) for sort, known in durations.items()}
        return self._of_all


def _newest_of_slot() -> Select[Any]:
    """A few steps from the end of the slot's index, however many of them failed."""
    columns = (JOBS.c.state, JOBS.c.provider, JOBS.c.started, JOBS.c.finished)
    theirs = (JOBS.c.user_id == bindparam("user"), JOBS.c.slot_id == bindparam("slot"))
    newest = select(*columns, JOBS.c.id).where(*theirs, JOBS.c.slot_id.is_not(None))
    rows = newest.order_by(JOBS.c.id.desc()).limit(OF_SLOT).subquery()
    succeeded = (
        rows.c.state == JobState.SUCCEEDED,
        rows.c.provider == bindparam("provider"),
        rows.c.started.is_not(None),
        rows.c.finished.is_not(None),
    )
    return select(rows.c.started, rows.c.finished).where(*succeeded).order_by(rows.c.id.desc())


NEWEST_OF_SLOT = _newest_of_slot()
NEWEST_OF_ALL = select(JOBS.c.kind, JOBS.c.provider, JOBS.c.started, JOBS.c.finished).where(
    JOBS.c.id > select(func.max(JOBS.c.id)).scalar_subquery() - LOOKED_AT,
    JOBS.c.state == JobState.SUCCEEDED,
    JOBS.c.started.is_not(None),
    JOBS.c.finished.is_not(None),
)
