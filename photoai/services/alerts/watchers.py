"""What is watched. A watcher measures and judges nothing: it says what it sees of whom, and what
that must stay below. Adding one: a function here or elsewhere, and its line in `house.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, case, cast, func, select, text

from photoai.config import Config
from photoai.db import Database
from photoai.models import PHOTO, Job, LogStatus, ProcessingLog
from photoai.services.budgets import WARN_PERCENT, Budget, Budgets
from photoai.services.clock import utcnow
from photoai.services.jobs import WAITING_SINCE
from photoai.services.providers import Providers

# How far one looks back, and with how few photos a share of errors says nothing yet.
LATELY = timedelta(minutes=10)
FEWEST_PHOTOS = 5
ALL_PERCENT = 100.0
JOBS, LOG = Job.__table__.c, ProcessingLog.__table__.c
# In the words of the partial index, which would not be used with a bound value.
QUEUED: Any = text("state = 'queued'")


class Kind(StrEnum):
    ERRORS = "errors"  # % of the last ten minutes' photos, late ones among them
    QUEUE = "queue"  # photos that wait
    WAIT = "wait"  # seconds the oldest of them has waited
    LATE = "late"  # photos of the last ten minutes that came too late
    PROVIDER = "provider"  # a provider is left alone for a while, because it fails
    OFFLINE = "offline"  # none can be reached
    BUDGET = "budget"  # % of what photos may cost today: all of them, or those of a slot
    EVENT_BUDGET = "event_budget"  # % of what the photos of an event may cost


@dataclass(frozen=True)
class Sight:
    """What was seen of a user's evening; `most` is the value from which on it is an alert, and
    `again_from` that from which on it is one once more, whoever has said that it was seen. What
    `is_eased` is over well below its limit only."""

    user_id: int
    kind: str
    value: float
    most: float
    subject: str = ""
    again_from: float | None = None
    is_eased: bool = True


Watcher = Callable[[Sequence[int]], Iterable[Sight]]  # given the operators' ids


@dataclass(frozen=True)
class Limits:
    """From which value on each is an alert; 0: never."""

    errors_percent: float
    queue: float
    wait_sec: float
    late: float

    @classmethod
    def of(cls, config: Config) -> Limits:
        return cls(
            config.alert_errors_percent,
            config.alert_queue,
            config.alert_wait_sec,
            config.alert_late,
        )


def of_database(database: Database, limits: Limits) -> Watcher:
    """The queue as it stands, and the log of the last ten minutes."""

    def watch(users: Sequence[int]) -> Iterator[Sight]:
        now = utcnow()
        # Not along the users themselves, where all that has ended stands too.
        owner = JOBS.user_id + 0
        waiting = (
            select(owner, func.count(), func.min(WAITING_SINCE))
            .where(QUEUED, JOBS.kind == PHOTO)
            .group_by(owner)
        )
        wrong, late = (cast(status, Integer) for status in _ends())
        lately = (
            select(LOG.user_id, func.count(), func.sum(wrong), func.sum(late))
            .where(LOG.user_id.in_(users), LOG.created_at >= now - LATELY)
            .group_by(LOG.user_id)
        )
        with database.look() as connection:
            queues = connection.execute(waiting).all()
            logs = connection.execute(lately).all()
        for user_id, count, oldest in queues:
            waits_sec = max(0.0, (now - oldest).total_seconds())
            yield Sight(user_id, Kind.QUEUE, count, limits.queue)
            yield Sight(user_id, Kind.WAIT, waits_sec, limits.wait_sec)
        for user_id, count, errors, too_late in logs:
            percent = 100 * errors / count if count >= FEWEST_PHOTOS else 0.0
            yield Sight(user_id, Kind.ERRORS, percent, limits.errors_percent)
            yield Sight(user_id, Kind.LATE, too_late, limits.late)

    return watch


def of_process(providers: Providers) -> Watcher:
    """What this process has learnt of the providers and of the way to them."""

    def watch(users: Sequence[int]) -> Iterator[Sight]:
        ill = [id_ for id_, is_well in providers.health().items() if not is_well]
        for user_id in users:
            if providers.venue.is_offline:
                yield Sight(user_id, Kind.OFFLINE, 1, 1)
            for provider in ill:
                yield Sight(user_id, Kind.PROVIDER, 1, 1, provider)

    return watch


def of_budgets(budgets: Budgets) -> Watcher:
    """How much of the money there is has been spent, from the share on at which one is warned."""

    def watch(users: Sequence[int]) -> Iterator[Sight]:
        whole, events, slots = budgets.of_all()
        for user_id in users:
            yield _spent(user_id, Kind.BUDGET, whole)
        for user_id, budget in events.items():
            yield _spent(user_id, Kind.EVENT_BUDGET, budget)
        for (user_id, slot_id), budget in slots.items():
            yield _spent(user_id, Kind.BUDGET, budget, slot_id)

    return watch


def _spent(user_id: int, kind: str, budget: Budget, subject: str = "") -> Sight:
    """Nearly all of the money, and then all of it, is two things to be told."""
    return Sight(
        user_id,
        kind,
        budget.used_percent,
        WARN_PERCENT,
        subject,
        again_from=ALL_PERCENT,
        is_eased=False,
    )


def _ends() -> tuple[Any, Any]:
    """1 for a photo that failed or was late, and 1 for one that was late."""
    return (
        case((LOG.status != LogStatus.SUCCESS, 1), else_=0),
        case((LOG.status == LogStatus.TIMEOUT, 1), else_=0),
    )
