"""Alerts on both databases: raised, said again, eased, acknowledged, over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from photoai.db import Database
from photoai.errors.alerts import AlertUnknown
from photoai.models import Alert, LogStatus, ProcessingLog, Role, Slot
from photoai.services.accounts import Caller
from photoai.services.alerts import Alerts, Kind, Limits, Sight, of_database
from photoai.services.clock import utcnow
from tests.support.evening import add_job
from tests.support.people import add_user

LIMITS = Limits(errors_percent=20, queue=3, wait_sec=30, late=2)


@pytest.fixture
def operators(database: Database) -> tuple[Caller, Caller]:
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("owner", "neighbour")]
        for user in users:
            session.add(Slot(user_id=user.id, id="slot-001", updated_at=utcnow()))
        add_user(session, "member")
        return (
            Caller(users[0].id, "owner", Role.OPERATOR),
            Caller(users[1].id, "neighbour", Role.OPERATOR),
        )


class Evening:
    """Sees what a test says."""

    def __init__(self, database: Database, owner: Caller) -> None:
        self._database, self._owner = database, owner
        self.value = 0.0
        self.told: list[int] = []
        self.more: dict[str, Any] = {}
        self.alerts = self.process()

    def process(self) -> Alerts:
        return Alerts(self._database, [self.watch], self.told.append)

    def watch(self, users: Sequence[int]) -> Iterable[Sight]:
        return [Sight(self._owner.id, "queue", self.value, 10, **self.more)]

    def measures(self, value: float) -> list[Alert]:
        self.value = value
        self.alerts.look()
        return self.alerts.of(self._owner)

    def let_go_by(self, seconds: float) -> None:
        """As if everything had been seen so much earlier."""
        with self._database.begin() as session:
            for row in session.query(Alert):
                row.seen_at -= timedelta(seconds=seconds)


@pytest.fixture
def evening(database: Database, operators: tuple[Caller, Caller]) -> Evening:
    return Evening(database, operators[0])


def test_it_is_raised_at_its_limit_and_told_once(
    evening: Evening, operators: tuple[Caller, Caller]
) -> None:
    owner, neighbour = operators
    assert evening.measures(9.9) == []
    (alert,) = evening.measures(10)
    assert (alert.kind, alert.value, alert.most) == ("queue", 10, 10)
    evening.measures(11)
    assert evening.told == [owner.id]
    assert evening.alerts.of(neighbour) == []


@pytest.mark.slow
def test_it_stays_until_it_is_well_below_its_limit(evening: Evening) -> None:
    (first,) = evening.measures(10)
    evening.let_go_by(8)
    (same,) = evening.measures(7)  # 70 %: still seen
    assert same.raised_at == first.raised_at
    evening.let_go_by(11)
    assert evening.measures(6.9) == []
    assert len(evening.told) == 3  # raised, another figure, and over
    assert evening.measures(9.9) == [], "eased off once, it needs its whole limit"


def test_spent_money_is_told_once_more_though_it_was_seen_when_most_of_it_was(
    evening: Evening, operators: tuple[Caller, Caller]
) -> None:
    evening.more = {"again_from": 20, "is_eased": False}
    (first,) = evening.measures(10)
    evening.alerts.acknowledge(operators[0], "queue", "")
    evening.let_go_by(8)
    (same,) = evening.measures(19.9)
    assert same.acknowledged_at is not None
    evening.let_go_by(8)
    (anew,) = evening.measures(20)
    assert (anew.acknowledged_at, anew.value) == (None, 20)
    assert anew.raised_at > first.raised_at
    evening.alerts.acknowledge(operators[0], "queue", "")
    evening.let_go_by(8)
    assert evening.measures(21)[0].acknowledged_at is not None
    evening.let_go_by(11)
    assert evening.measures(9.9) == [], "with more money it is over"


def test_one_that_comes_again_is_new_and_unheard(
    evening: Evening, operators: tuple[Caller, Caller]
) -> None:
    owner = operators[0]
    (first,) = evening.measures(10)
    assert evening.alerts.acknowledge(owner, "queue", "").acknowledged_at is not None
    heard = evening.alerts.acknowledge(owner, "queue", "")
    evening.let_go_by(5)
    assert evening.measures(12)[0].acknowledged_at == heard.acknowledged_at
    evening.let_go_by(11)
    (again,) = evening.measures(12)
    assert again.acknowledged_at is None
    assert again.raised_at > first.raised_at


@pytest.mark.slow
def test_only_ones_own_alerts_can_be_acknowledged(
    evening: Evening, operators: tuple[Caller, Caller]
) -> None:
    owner, neighbour = operators
    evening.measures(10)
    for caller, kind in ((neighbour, "queue"), (owner, "wait")):
        with pytest.raises(AlertUnknown):
            evening.alerts.acknowledge(caller, kind, "")
    assert evening.alerts.of(owner)[0].acknowledged_at is None


@pytest.mark.slow
def test_what_one_process_sees_another_shows(
    evening: Evening, operators: tuple[Caller, Caller], database: Database
) -> None:
    told: list[int] = []
    other = Alerts(database, [], told.append)
    evening.measures(10)
    other.look()
    assert [each.kind for each in other.of(operators[0])] == ["queue"]
    assert told == [operators[0].id]


@pytest.mark.slow
def test_a_watcher_that_fails_leaves_the_others(
    evening: Evening, operators: tuple[Caller, Caller], database: Database
) -> None:
    def broken(users: Sequence[int]) -> Iterable[Sight]:
        raise OSError

    evening.value = 10
    alerts = Alerts(database, [broken, evening.watch], evening.told.append)
    alerts.look()
    assert len(alerts.of(operators[0])) == 1


def test_queue_and_log_are_watched_for_each_operator(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, neighbour = operators
    for number in range(3):
        add_job(database, owner.id, f"waiting-{number}", "queued")
    with database.begin() as session:
        for number, status in enumerate([*[LogStatus.SUCCESS] * 6, *[LogStatus.TIMEOUT] * 2]):
            session.add(
                ProcessingLog(
                    user_id=owner.id, slot_id="slot-001", job_id=f"job-{number}",
                    created_at=utcnow() - timedelta(minutes=9), status=status, response_time_ms=1,
                )
            )  # fmt: skip
        session.add(
            ProcessingLog(
                user_id=neighbour.id, slot_id="slot-001", job_id="alone", status=LogStatus.ERROR,
                created_at=utcnow(), response_time_ms=1,
            )
        )  # fmt: skip
    sights = {
        (each.user_id, each.kind): each.value
        for each in of_database(database, LIMITS)([owner.id, neighbour.id])
    }
    assert sights[owner.id, Kind.QUEUE] == 3
    assert sights[owner.id, Kind.WAIT] >= 0
    assert sights[owner.id, Kind.ERRORS] == 25
    assert sights[owner.id, Kind.LATE] == 2
    assert sights[neighbour.id, Kind.ERRORS] == 0, "one photo is no share"


@pytest.mark.slow
def test_what_is_over_for_long_is_forgotten(evening: Evening, database: Database) -> None:
    evening.measures(10)
    with database.begin() as session:
        session.execute(update(Alert).values(seen_at=utcnow() - timedelta(days=2)))
    evening.alerts.forget_old()
    with database.read() as session:
        assert session.query(Alert).count() == 0
