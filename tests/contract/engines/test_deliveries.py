"""Deliveries on PostgreSQL: places that are counted over all processes, whatever goes wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from photoai.models import Job, JobState, Permit
from photoai.services.jobs.postgres import Deliveries
from tests.support.engines import Engine, PostgresEngine
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kind() -> str:
    return "postgres"


@pytest.fixture
def house(engine: Engine) -> PostgresEngine:
    assert isinstance(engine, PostgresEngine)
    return engine


def permits(house: PostgresEngine) -> list[tuple[int, int, str]]:
    with house.database.read() as session:
        return [(each.job_id, each.attempt, each.owner) for each in session.scalars(select(Permit))]


def waiting(house: PostgresEngine, **facts: object) -> Job:
    """A job nobody has been told of."""
    job = house.submit(**facts)
    house.forget_deliveries()
    return job


def begun(who: Deliveries, job: Job) -> threading.Thread:
    """A delivery in a thread of its own, which ends with the tests whatever becomes of it."""
    thread = threading.Thread(target=who.deliver, args=(job.id,), daemon=True)
    thread.start()
    return thread


def test_a_job_delivered_twice_at_once_runs_once_with_its_place(house: PostgresEngine) -> None:
    house.work.parallel["left"] = 1
    here, there = house.kept_deliveries(), house.kept_deliveries()
    for _ in range(10):
        first, second = waiting(house, for_sec=0.1), waiting(house, for_sec=0.1)
        together = threading.Barrier(4)

        def deliver(who, job):  # type: ignore[no-untyped-def]
            together.wait(20)  # noqa: B023
            who.deliver(job.id)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(deliver, [here, there, here, there], [first, first, second, second]))
        assert house.work.attempts(first) == [1]
        assert house.work.attempts(second) == [1]
        assert house.work.most["left"] == 1
        assert permits(house) == []


def test_a_zombies_pause_does_not_take_the_place_of_the_run_that_counts(
    house: PostgresEngine,
) -> None:
    old, new = house.deliveries(), house.kept_deliveries()
    job = waiting(house, pause_sec=1.0, hold="kind")
    threads = [begun(old, job)]
    wait_until(lambda: job.id in house.work.paused)
    house.let_leases_run_out(old.owner)
    house.sweeper.sweep()
    house.forget_deliveries()
    threads.append(begun(new, job))
    wait_until(lambda: not len(old._held), 20, "the zombie has ended")
    house.work.go[1].set()
    wait_until(lambda: permits(house) == [(job.id, 2, new.owner)])
    house.work.let_go()
    for thread in threads:
        thread.join(20)
    assert house.outcomes(job) == ["died_alone", "succeeded"]
    assert permits(house) == []


def test_a_run_that_lost_its_job_is_ended(house: PostgresEngine) -> None:
    """A process was frozen for long: what it still runs would cost and change nothing."""
    old, new = house.deliveries(), house.kept_deliveries()
    job = waiting(house, hold="kind")
    thread = begun(old, job)
    house.wait_started(job)
    house.let_leases_run_out(old.owner)
    wait_until(lambda: house.outcomes(job) == ["died_alone"])
    old.keep()
    thread.join(20)
    assert not thread.is_alive()
    house.work.let_go()
    new.deliver(job.id)
    house.wait_for(JobState.SUCCEEDED, job)


class Stubborn:
    """A child that is slow to go."""

    def __init__(self, all_told: threading.Barrier) -> None:
        self._all_told = all_told

    def kill(self) -> None:
        self._all_told.wait(10)  # nobody gets here who waits for another


def test_what_is_cancelled_is_ended_side_by_side_between_two_renewals(
    house: PostgresEngine,
) -> None:
    here, together = house.deliveries(), threading.Barrier(2)
    jobs = [waiting(house, hold="deaf") for _ in range(2)]
    threads = [begun(here, job) for job in jobs]
    for job in jobs:
        house.wait_started(job)
        here._held._runs[job.id].child = Stubborn(together)  # type: ignore[assignment]
        house.jobs.cancel(house.serg, job.public_id)
    here.hear()
    house.wait_for(JobState.CANCELLED, *jobs)
    here.hear()
    house.work.let_go()
    for thread in threads:
        thread.join(20)
    assert [house.work.ends[job.id] for job in jobs] == [["cancelled"]] * 2


def test_the_places_of_a_dead_process_are_free_when_its_lease_is_out(house: PostgresEngine) -> None:
    house.work.parallel["left"] = 1
    dead, alive = house.deliveries(), house.kept_deliveries()
    job = waiting(house, hold="deaf")
    thread = begun(dead, job)
    house.wait_started(job)
    second = waiting(house)
    house.let_leases_run_out(dead.owner)
    alive.deliver(second.id)
    house.wait_for(JobState.SUCCEEDED, second)
    wait_until(lambda: dead.owner not in {owner for _, _, owner in permits(house)})
    house.work.let_go()
    thread.join(20)


def test_deliveries_of_one_process_are_all_the_same_to_a_pool_of_another(
    house: PostgresEngine,
) -> None:
    """Who cannot have a place soon lets go of the job: others may have one."""
    house.work.parallel["left"] = 1
    busy, other = house.kept_deliveries(), house.kept_deliveries()
    job = waiting(house, hold="kind")
    thread = begun(busy, job)
    house.wait_started(job)
    second = waiting(house)
    assert other.deliver(second.id) is not None
    house.work.let_go()
    thread.join(20)
    assert other.deliver(second.id) is None
    house.wait_for(JobState.SUCCEEDED, second)


def test_who_pauses_while_its_process_ends_takes_no_place_of_others(house: PostgresEngine) -> None:
    house.work.parallel["left"] = 1
    here = house.kept_deliveries()
    pausing, busy = waiting(house, pause_sec=0.6), waiting(house, hold="deaf")
    threads = [begun(here, pausing)]
    wait_until(lambda: pausing.id in house.work.paused)
    threads.append(begun(here, busy))
    house.wait_started(busy)
    here.stop()
    here.put_back_all()
    threads[0].join(20)
    assert not threads[0].is_alive()
    assert house.work.most["left"] == 1
    house.work.let_go()
    threads[1].join(20)
    assert house.outcomes(pausing) == ["shutdown"]


def test_a_process_that_ends_leaves_no_places_behind(house: PostgresEngine) -> None:
    here = house.kept_deliveries()
    job = waiting(house, hold="deaf")
    thread = begun(here, job)
    house.wait_started(job)
    here.stop()
    here.put_back_all()
    assert permits(house) == []
    house.work.let_go()
    thread.join(20)
