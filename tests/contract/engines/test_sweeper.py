"""Each way in which a job and its delivery can lose each other on PostgreSQL, and how it heals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from photoai.models import Job, JobState
from photoai.services.clock import utcnow
from photoai.services.jobs import run as running
from photoai.services.jobs import states
from tests.support.engines import Ground, PostgresEngine

pytestmark = pytest.mark.slow

Delivery = tuple[int, str]
LOST_SEC = 120


@pytest.fixture(scope="module")
def kind() -> str:
    return "postgres"


@pytest.fixture
def house(ground: Ground, quick: None) -> Iterator[PostgresEngine]:
    """Nobody sweeps unless the test does."""
    ground.clear()
    house = PostgresEngine(ground)
    yield house
    house.close()


def deliveries(house: PostgresEngine) -> list[Delivery]:
    """Which jobs procrastinate is to deliver, and how far it is."""
    query = "SELECT (args ->> 'job_id')::bigint, status FROM procrastinate_jobs ORDER BY id"
    with house.database.look() as connection:
        return [(job_id, status) for job_id, status in connection.execute(text(query))]


def tell(house: PostgresEngine, statement: str, **values: object) -> None:
    with house.database.transaction() as db:
        db.execute(text(statement), values)


def fetched(house: PostgresEngine, *, ago_sec: float = 0) -> int:
    """The oldest delivery is out with a worker of this number, since then."""
    with house.database.transaction() as db:
        worker: int = db.execute(
            text("SELECT * FROM procrastinate_register_worker_v1()")
        ).scalar_one()
        db.execute(text("SELECT procrastinate_fetch_job_v2(NULL, :worker)"), {"worker": worker})
        db.execute(
            text(
                "UPDATE procrastinate_events SET at = at - make_interval(secs => :ago)"
                " WHERE type = 'started'"
            ),
            {"ago": ago_sec},
        )
    return worker


def ended(house: PostgresEngine, job: Job, *, ago_sec: float = 0) -> None:
    moment = utcnow() - timedelta(seconds=ago_sec)
    house.change(job, state=JobState.SUCCEEDED, finished=moment)


def test_a_job_is_handed_over_in_the_transaction_that_accepts_it(house: PostgresEngine) -> None:
    job = house.submit()
    assert deliveries(house) == [(job.id, "todo")]
    with house.database.transaction() as db:
        house.queue.enlist(db, states.insert(db, house.draft()))
        db.rollback()
    assert deliveries(house) == [(job.id, "todo")]


def test_what_is_on_its_way_is_left_alone(house: PostgresEngine) -> None:
    first, second = house.submit(), house.submit()
    fetched(house)
    house.sweeper.sweep()
    assert deliveries(house) == [(first.id, "doing"), (second.id, "todo")]


def test_a_job_nobody_was_told_of_is_delivered(house: PostgresEngine) -> None:
    jobs = [house.submit() for _ in range(3)]
    house.forget_deliveries()
    house.sweeper.sweep()
    assert deliveries(house) == [(job.id, "todo") for job in jobs]
    house.process()
    house.wait_for(JobState.SUCCEEDED, *jobs)


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled", "aborted"])
def test_a_delivery_that_was_ticked_off_too_soon_is_made_again(
    house: PostgresEngine, status: str
) -> None:
    job = house.submit()
    tell(house, f"UPDATE procrastinate_jobs SET status = '{status}'")
    house.sweeper.sweep()
    assert deliveries(house) == [(job.id, "todo")]


def test_a_job_whose_worker_is_gone_is_delivered_again(house: PostgresEngine) -> None:
    job = house.submit()
    fetched(house)
    tell(house, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    house.sweeper.sweep()
    assert deliveries(house) == [(job.id, "todo")]


def test_a_delivery_that_got_lost_on_its_way_is_made_again(house: PostgresEngine) -> None:
    job = house.submit()
    fetched(house, ago_sec=LOST_SEC)
    house.sweeper.sweep()
    assert deliveries(house) == [(job.id, "doing"), (job.id, "todo")]
    house.process()
    house.wait_for(JobState.SUCCEEDED, job)
    assert house.work.attempts(job) == [1]


def test_a_delivery_that_a_wrong_clock_put_off_is_made_again(house: PostgresEngine) -> None:
    job = house.submit()
    tell(house, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    house.sweeper.sweep()
    house.process()
    house.wait_for(JobState.SUCCEEDED, job)


def test_a_job_that_waits_out_its_time_is_not_delivered_early(house: PostgresEngine) -> None:
    job = house.submit()
    for _ in range(2):
        house.change(job, run_after=utcnow() + timedelta(hours=1))
        house.forget_deliveries()
        house.sweeper.sweep()
        house.sweeper.sweep()
        assert deliveries(house) == [(job.id, "todo")]
    house.process()
    other = house.submit()
    house.wait_for(JobState.SUCCEEDED, other)
    assert house.work.attempts(job) == []
    house.jobs.cancel(house.serg, job.public_id)
    house.jobs.retry(house.serg, job.public_id)
    house.wait_for(JobState.SUCCEEDED, job)


def test_a_job_that_broke_is_due_by_the_clock_of_the_database(
    house: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "utcnow", lambda: utcnow() + timedelta(hours=1))
    house.process()
    job = house.submit(breaks=1)
    house.wait_for(JobState.SUCCEEDED, job)


def test_the_delivery_of_a_job_that_has_ended_goes_away(house: PostgresEngine) -> None:
    waits, lost, acknowledged = house.submit(), house.submit(), house.submit()
    fetched(house)
    ended(house, waits, ago_sec=LOST_SEC)
    fetched(house)
    ended(house, lost, ago_sec=LOST_SEC)
    fetched(house)
    ended(house, acknowledged)
    cancelled = house.submit()
    house.jobs.cancel(house.serg, cancelled.public_id)
    house.sweeper.sweep()
    assert deliveries(house) == [(acknowledged.id, "doing")]
    tell(house, "DELETE FROM job")
    house.sweeper.sweep()
    assert deliveries(house) == []


def test_jobs_of_one_process_count_as_together_though_they_expire_apart(
    house: PostgresEngine,
) -> None:
    first, second = house.submit(), house.submit()
    for number, job in enumerate((first, second)):
        with house.database.transaction() as db:
            states.claim(db, job.id, owner="gone", now=utcnow(), lease_sec=60)
        house.change(job, lease_until=utcnow() + timedelta(seconds=60 * number - 1))
    house.sweeper.sweep()
    house.let_leases_run_out("gone")
    house.sweeper.sweep()
    assert [house.outcomes(job) for job in (first, second)] == [["died"], ["died"]]


def test_a_job_that_cannot_be_recovered_keeps_nobody_waiting(house: PostgresEngine) -> None:
    strange, second = house.submit(), house.submit()
    for job in (strange, second):
        with house.database.transaction() as db:
            states.claim(db, job.id, owner="gone", now=utcnow(), lease_sec=60)
    house.change(strange, kind="of a newer version", cancel_requested=True)
    house.let_leases_run_out("gone")
    house.sweeper.sweep()
    assert house.state(second) == JobState.QUEUED


def test_places_of_nobody_are_free_again(house: PostgresEngine) -> None:
    jobs = {owner: house.submit() for owner in ("gone", "here")}
    for owner, job in jobs.items():
        with house.database.transaction() as db:
            house.permits.take(db, job, 1, owner=owner, now=house.database.now(db))
            states.claim(db, job.id, owner=owner, now=utcnow(), lease_sec=60)
    house.let_leases_run_out("gone")
    house.sweeper.sweep()
    with house.database.look() as connection:
        left = connection.execute(text("SELECT job_id FROM permit")).scalars().all()
    assert left == [jobs["here"].id]
