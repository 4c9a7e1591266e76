"""The embedded queue: places, cancels, strays, suspects, and what other processes leave behind."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from photoai.config import Config
from photoai.errors import DatabaseBusy, JobCancelled
from photoai.models import Job, JobState, Role, User
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.jobs import Done, JobDraft, Jobs, Run, Runner, Task, states
from photoai.services.jobs.local import LocalQueue
from tests.support.waiting import wait_until

PLACES = 2


class Lock:
    """An engine lock that tests take away."""

    def __init__(self) -> None:
        self.free, self.ours = True, False

    def acquire(self) -> bool:
        self.ours = self.free
        return self.ours

    def held(self) -> bool:
        return self.ours

    def release(self) -> None:
        self.ours = False


class House:
    """A queue of its own on a real database; each run ends when the test says so."""

    def __init__(self, services: Services, config: Config) -> None:
        self.database, self.lock, self.events = services.database, Lock(), LocalEvents()
        self.runs: list[tuple[int, int]] = []
        self.go = {attempt: threading.Event() for attempt in range(1, 9)}
        self.ended: list[str] = []
        self.per_slot: int | None = None
        self.tasks = {
            "work": Task(
                run=self._work,
                pool="work",
                parallel=lambda provider: PLACES,
                parallel_per_slot=lambda provider: self.per_slot,
                ended=lambda db, job, error: self.ended.append(error.code if error else "done"),
            )
        }
        self.runner = Runner(self.database, services.store, self.events, self.tasks)
        self.queue = LocalQueue(self.database, self.runner, self.tasks, self.lock)
        self.jobs = Jobs(self.database, services.store, self.events, self.queue, self.tasks, config)
        with self.database.read() as session:
            user = session.query(User).filter_by(username="serg").one()
        self.serg = Caller(user.id, user.username, Role(user.role))

    def _work(self, run: Run) -> Done:
        self.runs.append((run.job.id, run.job.attempt))
        assert self.go[run.job.attempt].wait(20)
        return Done(None, {"attempt": run.job.attempt})

    def draft(self, **facts: Any) -> JobDraft:
        return JobDraft(str(uuid.uuid4()), self.serg.id, "work", utcnow(), **facts)

    def job(self, job_id: int) -> Job:
        with self.database.engine.connect() as connection:
            job = states.load(connection, job_id)
        assert job is not None
        return job

    def change(self, job_id: int, **values: Any) -> None:
        with self.database.transaction() as db:
            db.execute(update(Job).where(Job.id == job_id).values(**values))

    def waiting(self, **values: Any) -> int:
        with self.database.transaction() as db:
            job = states.insert(db, self.draft())
        if values:
            self.change(job.id, **values)
        return job.id

    def abandoned(self, owner: str, **values: Any) -> int:
        with self.database.transaction() as db:
            job = states.insert_claimed(db, self.draft(input_key="x"), owner=owner, lease_sec=6)
        if values:
            self.change(job.id, **values)
        return job.id

    def free_places(self) -> int:
        drafts = []
        while self.queue.reserve(draft := self.draft()):
            drafts.append(draft)
        for draft in drafts:
            self.queue.give_back(draft)
        return len(drafts)


@pytest.fixture
def house(services: Services, config: Config) -> Iterator[House]:
    house = House(services, config)
    house.queue._in_charge()
    yield house
    for event in house.go.values():
        event.set()
    wait_until(lambda: not house.queue._held._runs, what="all runs have ended")


def test_cancelled_and_tried_again_it_runs_once_more_and_no_oftener(house: House) -> None:
    job = house.jobs.submit(house.draft(input_key="x")).job
    wait_until(lambda: house.runs == [(job.id, 1)])
    house.jobs.cancel(house.serg, job.public_id)  # its run does not notice before it ends
    house.jobs.retry(house.serg, job.public_id)
    house.queue._dispatch()
    wait_until(lambda: house.runs == [(job.id, 1), (job.id, 2)])
    house.go[1].set()
    wait_until(lambda: house.free_places() == PLACES - 1, what="the first run is over")
    for _ in range(3):
        house.queue._renew()
    house.go[2].set()
    wait_until(lambda: house.job(job.id).state == JobState.SUCCEEDED)
    wait_until(lambda: house.free_places() == PLACES)
    assert house.job(job.id).result == {"attempt": 2}
    assert house.ended == ["cancelled", "done"]
    assert house.runs == [(job.id, 1), (job.id, 2)]


def test_a_cancel_that_meets_the_end_ends_the_job(house: House) -> None:
    job = house.jobs.submit(house.draft()).job
    wait_until(lambda: house.runs == [(job.id, 1)])
    house.change(job.id, cancel_requested=True)  # asked for, and nobody told the runner yet
    house.go[1].set()
    wait_until(lambda: house.job(job.id).state == JobState.CANCELLED)
    assert house.ended == ["cancelled"]


@pytest.mark.parametrize("owner", ["ours", "theirs"])
def test_a_cancelled_job_whose_runner_is_gone_is_not_put_back(house: House, owner: str) -> None:
    mine = house.queue.owner if owner == "ours" else "gone"
    job_id = house.abandoned(
        mine, cancel_requested=True, lease_until=utcnow() - timedelta(seconds=1)
    )
    house.queue._renew()
    house.queue._renew()
    assert house.job(job_id).state == JobState.CANCELLED
    assert house.ended == ["cancelled"]


def test_a_stray_is_put_back_at_second_sight_and_given_up_in_the_end(house: House) -> None:
    job_id = house.abandoned(house.queue.owner)
    house.queue._renew()
    assert house.job(job_id).state == JobState.RUNNING
    house.queue._renew()
    assert house.job(job_id).state == JobState.QUEUED
    last = house.abandoned(house.queue.owner, attempt=3)
    house.queue._renew()
    house.queue._renew()
    assert (house.job(last).state, house.job(last).error_code) == ("failed", "internal_error")
    assert house.ended == ["internal_error"]


def test_a_claim_that_fails_gives_its_place_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("claim", {}, Exception("the connection is gone"))

    job_id = house.waiting()
    with monkeypatch.context() as patched:
        patched.setattr(states, "claim", broken)
        for _ in range(PLACES + 1):
            with pytest.raises(DatabaseBusy):
                house.queue._dispatch()
    house.queue._dispatch()
    wait_until(lambda: house.runs == [(job_id, 1)])


def test_suspects_neither_hide_nor_hold_up_the_others(house: House) -> None:
    suspects = [house.waiting(crash_count=2) for _ in range(PLACES + 1)]
    calm = [house.waiting() for _ in range(PLACES)]
    house.queue._dispatch()
    wait_until(lambda: sorted(house.runs) == [(job_id, 1) for job_id in calm])
    house.queue._dispatch()
    house.go[1].set()
    wait_until(lambda: not house.queue._held._runs)
    house.runs.clear()
    house.go[1].clear()
    house.queue._dispatch()
    house.queue._dispatch()
    wait_until(lambda: house.runs == [(suspects[0], 1)])
    assert house.free_places() == 0, "a suspect runs alone"


def test_what_a_process_without_a_lease_left_is_tried_again(house: House) -> None:
    late = house.abandoned("gone", lease_until=utcnow() - timedelta(seconds=1))
    alive = house.abandoned("other")
    house.queue._renew()
    assert (house.job(late).state, house.job(alive).state) == (JobState.QUEUED, JobState.RUNNING)


def test_who_loses_the_lock_steps_down_and_takes_over_again(house: House) -> None:
    house.lock.free = house.lock.ours = False
    assert not house.queue._in_charge()
    assert house.free_places() == 0
    house.lock.free = True
    running = house.abandoned(house.queue.owner)
    assert house.queue._in_charge()
    assert house.job(running).state == JobState.RUNNING, "its own jobs go on"
    assert house.free_places() == PLACES


def test_who_is_stopped_while_it_is_elected_leaves_the_lock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.lock.free = house.lock.ours = False
    house.queue._in_charge()
    house.lock.free = True
    monkeypatch.setattr(house.queue, "_recover", house.queue.stop)
    assert not house.queue._in_charge()
    assert not house.lock.ours
    assert not house.queue.elected


def test_a_job_that_ends_in_another_process_is_noticed(house: House) -> None:
    house.lock.free = house.lock.ours = False
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    assert job.state == JobState.QUEUED
    started = time.monotonic()
    threading.Timer(0.2, house.change, [job.id], {"state": JobState.SUCCEEDED}).start()
    assert house.jobs.wait(job, lambda: started + 20).state == JobState.SUCCEEDED
    assert time.monotonic() - started < 5


def test_progress_is_written_down_but_not_too_often_and_a_new_stage_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = house.jobs.submit(house.draft()).job
    wait_until(lambda: house.runs == [(job.id, 1)])
    run = house.queue._held._runs[job.id]
    with house.events.subscribe(job.id) as nudges:
        for stage, fraction in (("fetching", 0.1), ("encoding", 0.2)):
            run.progress(fraction, stage, 9.0)
            run.progress(fraction + 0.05, stage, 8.0)
            row = house.job(job.id)
            assert (row.progress, row.stage, row.eta_sec) == (fraction, stage, 9.0)
        monkeypatch.setattr("photoai.services.jobs.run.PROGRESS_EVERY_SEC", 0.0)
        run.progress(0.5, "encoding", 2.0)
        assert nudges.nudge.is_set()
    row = house.job(job.id)
    assert (row.progress, row.stage, row.eta_sec) == (0.5, "encoding", 2.0)
    house.jobs.cancel(house.serg, job.public_id)
    with pytest.raises(JobCancelled):
        run.progress(0.6, "encoding")


@pytest.mark.slow
def test_who_only_waits_leaves_its_place_to_others(house: House) -> None:
    jobs = [house.jobs.submit(house.draft()).job for _ in range(PLACES)]
    wait_until(lambda: len(house.queue._held._runs) == PLACES)
    assert house.free_places() == 0
    run = house.queue._held._runs[jobs[0].id]
    with ThreadPoolExecutor(1) as pool:
        pause = pool.submit(run.pause, 2.0)
        wait_until(lambda: house.free_places() == 1)
        taken = house.draft()
        assert house.queue.reserve(taken)
        assert not pause.done()
        house.queue.give_back(taken)
        pause.result(10)
    assert house.free_places() == 0


def test_a_full_slot_does_not_hold_up_the_operators_other_slots(house: House) -> None:
    house.per_slot = 1
    with house.database.read() as session:
        igor = session.query(User).filter_by(username="igor").one().id
    with house.database.transaction() as db:
        full = [states.insert(db, house.draft(slot_id="slot-005")).id for _ in range(4)]
        other = states.insert(db, house.draft(slot_id="slot-006")).id
    house.queue._taken_by_slot[(igor, "slot-005")] += 1
    house.queue._dispatch()
    house.queue._dispatch()
    wait_until(lambda: sorted(house.runs) == [(full[0], 1), (other, 1)])
