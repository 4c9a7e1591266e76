"""A job's place in the queue and the seconds until its end, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from photoai.db import Database
from photoai.models import Job
from photoai.services.clock import utcnow
from photoai.services.jobs import Done, JobDraft, Outlook, Outlooks, Task, states
from tests.support.people import add_user

PLACES = 2
TASKS = {"photo": Task(run=lambda run: Done(None), pool="photo", parallel=lambda provider: PLACES)}


KINDS = ("trim", "merge")
SHARED = {kind: Task(lambda run: Done(None), "video", lambda provider: 1) for kind in KINDS}


@pytest.fixture
def user_id(database: Database) -> int:
    with database.begin() as session:
        return add_user(session, "owner").id


class Shop:
    def __init__(self, database: Database, user_id: int) -> None:
        self.database, self._user_id, self._made = database, user_id, 0
        self.outlooks = Outlooks(database, TASKS)

    def anew(self) -> None:
        """As a process that has looked at nothing yet."""
        self.outlooks = Outlooks(self.database, TASKS)

    def queued(self, provider: str = "slow", slot_id: str | None = None) -> Job:
        self._made += 1
        draft = JobDraft(
            f"job-{self._made}", self._user_id, "photo", utcnow(), provider=provider,
            slot_id=slot_id,
        )  # fmt: skip
        with self.database.begin() as session:
            return states.insert(session, draft)

    def running(
        self, provider: str = "slow", since_sec: float = 0.0, slot_id: str | None = None
    ) -> Job:
        began = utcnow() - timedelta(seconds=since_sec)
        waiting = self.queued(provider, slot_id)
        with self.database.begin() as session:
            job = states.claim(session, waiting.id, owner="me", now=began, lease_sec=60)
        assert job is not None
        return job

    def finished(self, took_sec: float, provider: str = "slow", slot_id: str | None = None) -> None:
        job = self.running(provider, since_sec=took_sec, slot_id=slot_id)
        assert job.started is not None
        end = job.started + timedelta(seconds=took_sec)
        with self.database.begin() as session:
            assert states.succeed(session, job.id, 1, end, result_key=None, result={})


@pytest.fixture
def shop(database: Database, user_id: int) -> Shop:
    return Shop(database, user_id)


def test_places_are_counted_in_ones_own_pool(shop: Shop) -> None:
    mine, other = [shop.queued() for _ in range(3)], shop.queued("quick")
    positions = [outlook.queue_position for outlook in shop.outlooks.of_all([*mine, other])]
    assert positions == [1, 2, 3, 1]


def test_kinds_that_share_a_pool_stand_in_one_line(database: Database, user_id: int) -> None:
    waiting = []
    for kind in ("trim", "merge", "trim"):
        draft = JobDraft(f"job-{len(waiting)}", user_id, kind, utcnow())
        with database.begin() as session:
            waiting.append(states.insert(session, draft))
    found = Outlooks(database, SHARED).of_all(waiting)
    assert [outlook.queue_position for outlook in found] == [1, 2, 3]


def test_nothing_is_promised_while_nothing_is_known(shop: Shop) -> None:
    shop.finished(3, "quick")
    assert shop.outlooks.of(shop.queued()) == Outlook(1, None)
    assert shop.outlooks.of(shop.running()) == Outlook(None, None)


def test_a_waiting_job_waits_for_places_and_then_takes_as_long_as_usual(shop: Shop) -> None:
    for took_sec in (8, 10, 60):
        shop.finished(took_sec)
    waiting = [shop.queued() for _ in range(4)]
    assert [each.eta_sec for each in shop.outlooks.of_all(waiting)] == [15, 20, 25, 30]


def test_a_running_job_takes_what_is_left_of_the_usual(shop: Shop) -> None:
    shop.finished(10)
    eta_sec = shop.outlooks.of(shop.running(since_sec=4)).eta_sec
    assert eta_sec is not None
    assert 4 < eta_sec <= 6
    assert shop.outlooks.of(shop.running(since_sec=11)).eta_sec is None


def test_it_is_overdue_once_it_takes_longer_than_nearly_all(shop: Shop) -> None:
    for took_sec in (8, 10, 30):
        shop.finished(took_sec)

    def outlook(since_sec: float, **facts: str) -> Outlook:
        return shop.outlooks.of(shop.running(since_sec=since_sec, **facts))

    in_time, overdue = outlook(4), outlook(31)
    slow, unlike = outlook(20, slot_id="slot-001"), outlook(20)
    assert in_time.eta_sec == pytest.approx(6, abs=1)
    assert slow.eta_sec == slow.overdue_in_sec == pytest.approx(10, abs=1)
    assert (unlike.eta_sec, unlike.overdue_in_sec) == (None, pytest.approx(10, abs=1))
    assert not slow.overdue
    assert overdue == Outlook(None, None, overdue=True, overdue_in_sec=0)


def test_a_slot_learns_from_its_own_photos(shop: Shop) -> None:
    for _ in range(4):
        shop.finished(100, slot_id="slot-001")
    shop.finished(10)
    shop.finished(10)
    few = shop.running(slot_id="slot-001")
    assert shop.outlooks.usual_sec(few) == 100, "the median of all six of its provider"
    shop.anew()
    shop.finished(90, slot_id="slot-001")
    assert shop.outlooks.usual_sec(few) == 100, "its own five"
    for _ in range(9):
        shop.finished(10, slot_id="slot-002")
    shop.anew()
    assert shop.outlooks.usual_sec(few) == 100, "others take nothing from what it knows"
    assert shop.outlooks.usual_sec(shop.running(slot_id="slot-003")) == 10
    assert shop.outlooks.usual_sec(shop.running("quick", slot_id="slot-001")) is None


def test_what_a_task_says_itself_counts(shop: Shop) -> None:
    shop.finished(10)
    job = shop.running()
    job.eta_sec = 99.0
    assert shop.outlooks.of(job).eta_sec == 99.0


def test_who_has_ended_has_no_outlook(shop: Shop) -> None:
    job = shop.running()
    job.state = "failed"
    assert shop.outlooks.of_all([job, shop.queued()]) == [Outlook(), Outlook(1, None)]
