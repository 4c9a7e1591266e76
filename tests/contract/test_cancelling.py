"""Cancelling in every state and against the end itself: both databases."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, update

from photoai.errors import (
    ChildFailed,
    DatabaseBusy,
    JobAlreadyEnded,
    JobCancelled,
    JobNotRetryable,
    JobUnknown,
    ProviderRefused,
)
from photoai.models import Job, JobState
from photoai.services.jobs import Run, states
from tests.support.house import House
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeHouse = Callable[..., House]


def test_a_waiting_job_ends_at_once_and_only_once(make_house: MakeHouse) -> None:
    house = make_house()  # nobody hands out jobs
    job = house.jobs.submit(house.draft()).job
    with ThreadPoolExecutor(6) as pool:
        ends = [pool.submit(house.jobs.cancel, house.owner, job.public_id) for _ in range(6)]
        errors = [end.exception() for end in ends]
    assert errors.count(None) == 1, errors
    assert all(isinstance(error, JobAlreadyEnded) for error in errors if error)
    ended = house.job(job.public_id)
    assert (ended.state, ended.error_code) == (JobState.CANCELLED, "cancelled")
    assert house.logged(job) == [("ERROR", "cancelled")]


def test_a_running_job_ends_when_its_runner_hears_of_it(make_house: MakeHouse) -> None:
    started = threading.Event()

    def work(run: Run) -> None:
        started.set()
        run.pause(20)

    house = make_house(work)
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    assert started.wait(10)
    house.jobs.cancel(house.owner, job.public_id)
    assert house.job(job.public_id).state == JobState.CANCELLED
    assert house.logged(job) == [("ERROR", "cancelled")]
    with pytest.raises(JobAlreadyEnded):
        house.jobs.cancel(house.owner, job.public_id)


def test_a_cancel_heard_of_late_does_not_end_the_next_try(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(lambda run: run.pause(20))
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    with house.database.transaction() as db:  # as another process does
        states.ask_to_cancel(db, job.id)

    def meanwhile(lost: object) -> None:
        """The leases have been read; before they are gone through, much happens."""
        house.queue.cancel(job.id)
        house.jobs.retry(house.owner, job.public_id)
        house.queue._dispatch()

    monkeypatch.setattr(house.queue._held, "_end_all", meanwhile)
    house.queue._held.keep()
    assert (house.job(job.public_id).state, house.attempts(job)) == ("running", ["cancelled", None])
    house.jobs.cancel(house.owner, job.public_id)


def test_a_deploy_is_not_counted_as_the_death_of_a_job_s_child(make_house: MakeHouse) -> None:
    started, killed = threading.Event(), threading.Event()

    class Mortal:
        def kill(self) -> None:
            killed.set()
            wait_until(lambda: not house.queue._held._runs, 10, "its runner has seen it")

    def work(run: Run) -> None:
        run.child = Mortal()  # type: ignore[assignment]
        started.set()
        assert killed.wait(10)
        raise ChildFailed

    house = make_house(work)
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    assert started.wait(10)
    house.queue.stop()
    assert (house.job(job.public_id).state, house.attempts(job)) == ("queued", ["shutdown"])


def test_a_result_stands_although_word_of_its_commit_was_lost(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house()
    house.queue._in_charge()
    transaction, succeed = house.database.transaction, states.succeed
    succeeded: list[bool] = []

    @contextmanager
    def unconfirmed(**how: Any) -> Iterator[Connection]:
        before = len(succeeded)
        with transaction(**how) as db:
            yield db
        if before == 0 and len(succeeded) == 1:
            raise DatabaseBusy

    def noted(*given: Any, **facts: Any) -> bool:
        succeeded.append(succeed(*given, **facts))
        return succeeded[-1]

    monkeypatch.setattr(states, "succeed", noted)
    monkeypatch.setattr(house.database, "transaction", unconfirmed)
    job = house.jobs.submit(house.draft()).job
    wait_until(lambda: not len(house.queue._held), 10, "its run has ended")
    assert succeeded == [True, False]
    assert (job.state, house.attempts(job)) == (JobState.SUCCEEDED, ["succeeded"])
    assert house.results() == {house.job(job.public_id).result_key} == {job.result_key}
    assert house.ends(job) == 1


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_a_job_that_has_ended_stays_as_it_is(make_house: MakeHouse, end: str) -> None:
    def work(run: Run) -> None:
        if end != "succeeded":
            raise ProviderRefused if end == "failed" else JobCancelled

    house = make_house(work)
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    wait_until(lambda: house.job(job.public_id).state == end)
    with pytest.raises(JobAlreadyEnded) as refusal:
        house.jobs.cancel(house.owner, job.public_id)
    assert refusal.value.details == {"state": end}
    assert house.job(job.public_id).state == end
    assert len(house.logged(job)) == 1


def test_strangers_neither_cancel_nor_try_again_nor_replay(make_house: MakeHouse) -> None:
    house = make_house()
    job = house.jobs.submit(house.draft()).job
    stranger = house.somebody()
    for act in (house.jobs.cancel, house.jobs.retry, house.replays.start):
        with pytest.raises(JobUnknown):
            act(stranger, job.public_id)
    assert house.job(job.public_id).state == JobState.QUEUED


def test_however_cancels_meet_the_end_each_job_ends_exactly_once(make_house: MakeHouse) -> None:
    """Two for each job: before its work may end, as it ends, or when the job has ended."""
    may_end: dict[str, threading.Event] = {}

    def work(run: Run) -> None:
        assert may_end[run.job.public_id].wait(20)

    house = make_house(work)
    house.queue.start()
    wait_until(lambda: house.queue.elected)
    answers: list[str] = []

    def cancel(job: Job, when: str) -> None:
        if when != "before":
            wait_until(lambda: house.job(job.public_id).state != JobState.QUEUED, 20, "it runs")
            may_end[job.public_id].set()
        if when == "after":
            wait_until(lambda: house.all_ended([job]), 20, "it has ended")
        try:
            house.jobs.cancel(house.owner, job.public_id)
        except JobAlreadyEnded:
            answers.append("late")
        else:
            answers.append("in time")
        may_end[job.public_id].set()

    def submit_and_cancel(when: str) -> Job:
        draft = house.draft()
        may_end[draft.public_id] = threading.Event()
        job = house.jobs.submit(draft).job
        other = threading.Thread(target=cancel, args=(job, when))
        other.start()
        cancel(job, when)
        other.join()
        return job

    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(submit_and_cancel, ["before", "as", "after"] * 13))
    assert set(answers) == {"late", "in time"}
    check_each_ended_once(house, jobs)


def check_each_ended_once(house: House, jobs: list[Job]) -> None:
    ended = wait_until(lambda: house.all_ended(jobs), 30, "every job has ended")
    assert {job.state for job in ended} <= {JobState.SUCCEEDED, JobState.CANCELLED}
    wait_until(lambda: not house.queue._held._runs, 10, "the last runs are over")
    for job in ended:
        assert house.ends(job) == 1
        done = job.state == JobState.SUCCEEDED
        expected = ("SUCCESS", None) if done else ("ERROR", "cancelled")
        assert house.logged(job) == [expected]
        assert house.attempts(job) in ([], [job.state])
    keys = {job.result_key for job in ended if job.state == JobState.SUCCEEDED}
    assert house.results() == keys


def test_cancelled_and_tried_again_at_random_a_job_still_ends_once_for_each_try(
    make_house: MakeHouse,
) -> None:
    may_end: dict[str, threading.Semaphore] = {}

    def work(run: Run) -> None:
        assert may_end[run.job.public_id].acquire(timeout=20)

    house = make_house(work)
    house.queue.start()
    wait_until(lambda: house.queue.elected)
    taken: Counter[str] = Counter()

    def meddle(seed: int) -> Job:
        dice, draft = random.Random(seed), house.draft()
        let_end = may_end[draft.public_id] = threading.Semaphore(0)
        job = house.jobs.submit(draft).job
        for _ in range(10):
            for step in dice.sample([let_end.release, lambda: cancel(job)], 2):
                step()
            if dice.random() < 0.7:
                wait_until(lambda: house.all_ended([job]), 20, "this try has ended")
            with suppress(JobNotRetryable):
                house.jobs.retry(house.owner, job.public_id)
                taken[job.public_id] += 1
        let_end.release(10)
        return job

    def cancel(job: Job) -> None:
        with suppress(JobAlreadyEnded):
            house.jobs.cancel(house.owner, job.public_id)

    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(meddle, range(8)))
    ended = wait_until(lambda: house.all_ended(jobs), 30, "every job has ended")
    wait_until(lambda: not house.queue._held._runs, 10, "the last runs are over")
    for job in ended:
        # Each try has one end, and only an end makes another try possible.
        assert house.ends(job) == taken[job.public_id] + 1
        assert len(house.logged(job)) == 1
    kept = {job.result_key for job in ended if job.state == JobState.SUCCEEDED}
    assert house.results() == house.beside() == kept


def _ask_for_its_end(db: Connection, job_id: int) -> None:
    states.ask_to_cancel(db, job_id)


def _lose(db: Connection, job_id: int) -> None:
    """Another process has taken it over."""
    db.execute(update(Job).where(Job.id == job_id).values(attempt=Job.attempt + 1))


@pytest.mark.parametrize("meanwhile", [_ask_for_its_end, _lose])
def test_nothing_stays_of_a_result_that_came_too_late(
    make_house: MakeHouse, meanwhile: Callable[[Connection, int], None]
) -> None:
    def work(run: Run) -> None:
        with house.database.transaction() as db:
            meanwhile(db, run.job.id)

    house = make_house(work)
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    wait_until(lambda: not house.queue._held._runs, 10, "its run has ended")
    assert house.job(job.public_id).state != JobState.SUCCEEDED
    assert house.results() == house.beside() == set()
