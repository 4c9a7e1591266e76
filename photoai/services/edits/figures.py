"""What has become of an account's tasks: how many, how well, how long they took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, text

from photoai.db import Database
from photoai.models import Job, JobState
from photoai.services.clock import utcnow

PERIOD = timedelta(days=30)
NEWEST = 5000  # whose durations are looked at
# In the words of the partial index, which would not be used with a bound value.
NO_PHOTO = text("kind <> 'photo'")


@dataclass
class Figures:
    """`durations_sec` are those of tasks that succeeded, from start to end."""

    states: Counter[str] = field(default_factory=Counter)
    durations_sec: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.states.total()

    @property
    def success_rate(self) -> float | None:
        """Of those that came to an end by themselves; None when there are none."""
        done, failed = self.states[JobState.SUCCEEDED], self.states[JobState.FAILED]
        return round(done / (done + failed), 4) if done + failed else None

    def percentile_sec(self, percent: int) -> float | None:
        """The nearest rank; None when nothing is known."""
        if not self.durations_sec:
            return None
        ordered = sorted(self.durations_sec)
        return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)], 3)


@dataclass(frozen=True)
class TaskFigures:
    since: datetime
    until: datetime
    whole: Figures
    by_type: dict[str, Figures]


def figures_of(database: Database, user_id: int, kinds: Collection[str]) -> TaskFigures:
    """Those of the last 30 days; durations of the newest 5,000."""
    until = utcnow()
    since = until - PERIOD
    theirs = theirs_of(user_id, kinds)
    earlier = select(Job.id).where(*theirs, Job.created < since).order_by(Job.id.desc())
    before = earlier.limit(1).scalar_subquery()
    newer = [*theirs, Job.id > func.coalesce(before, 0)]
    counted = select(Job.kind, Job.state, func.count()).where(*newer).group_by(Job.kind, Job.state)
    ended = (
        select(Job.kind, Job.started, Job.finished)
        .where(*newer, Job.state == JobState.SUCCEEDED)
        .order_by(Job.id.desc())
        .limit(NEWEST)
    )
    found = {kind: Figures() for kind in kinds}
    with database.look() as connection:
        for kind, state, count in connection.execute(counted):
            found[kind].states[state] = count
        for kind, started, finished in connection.execute(ended):
            if started and finished:
                found[kind].durations_sec.append((finished - started).total_seconds())
    return TaskFigures(since, until, _together(found.values()), found)


def theirs_of(user_id: int, kinds: Collection[str]) -> Sequence[ColumnElement[bool]]:
    """An account's tasks, of these types."""
    return [Job.user_id == user_id, NO_PHOTO, Job.kind.in_(kinds)]  # type: ignore[list-item]


def _together(figures: Iterable[Figures]) -> Figures:
    whole = Figures()
    for each in figures:
        whole.states.update(each.states)
        whole.durations_sec += each.durations_sec
    return whole
