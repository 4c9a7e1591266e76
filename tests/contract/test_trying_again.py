"""Jobs that are made anew: by the engine until they are poison, by their owner, as a replay of
their own: both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from photoai.errors import (
    ChildFailed,
    InputGone,
    JobNotFinished,
    JobNotRetryable,
    ProviderRefused,
    StorageUnavailable,
)
from photoai.models import JobState
from photoai.services.jobs import Run, Wishes, stored_key
from tests.support.house import House
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeHouse = Callable[..., House]


def test_poison_is_given_up_and_holds_up_nobody(make_house: MakeHouse) -> None:
    def work(run: Run) -> None:
        if run.job.params["poison"]:
            raise ChildFailed

    house = make_house(work)
    house.queue.start()
    wait_until(lambda: house.queue.elected)
    bad = house.jobs.submit(house.draft(params={"poison": True})).job
    good = [house.jobs.submit(house.draft(params={"poison": False})).job for _ in range(12)]
    assert {job.state for job in wait_until(lambda: house.all_ended(good), 10)} == {"succeeded"}
    (gone,) = wait_until(lambda: house.all_ended([bad]), 30, "poison is given up")
    assert (gone.state, gone.error_code) == (JobState.FAILED, "poison")
    assert house.logged(bad) == [("ERROR", "poison")]
    assert house.attempts(bad) == ["child_died", "child_died", "failed"]


def test_what_breaks_each_time_is_tried_three_times(make_house: MakeHouse) -> None:
    def work(run: Run) -> None:
        raise ZeroDivisionError

    house = make_house(work)
    house.queue.start()
    wait_until(lambda: house.queue.elected)
    job = house.jobs.submit(house.draft()).job
    (gone,) = wait_until(lambda: house.all_ended([job]), 30, "it is given up")
    assert (gone.error_code, house.attempts(job)) == (
        "internal_error",
        ["error", "error", "failed"],
    )
    assert house.logged(job) == [("ERROR", "internal_error")]


def test_only_what_came_to_nothing_is_tried_again(make_house: MakeHouse) -> None:
    fails = threading.Event()
    fails.set()

    def work(run: Run) -> None:
        if fails.is_set():
            raise ProviderRefused

    house = make_house(work)
    house.queue._in_charge()
    job = house.jobs.submit(house.draft()).job
    wait_until(lambda: house.job(job.public_id).state == "failed")
    fails.clear()
    house.jobs.retry(house.owner, job.public_id)
    house.queue._dispatch()
    wait_until(lambda: house.job(job.public_id).state == "succeeded")
    with pytest.raises(JobNotRetryable):
        house.jobs.retry(house.owner, job.public_id)
    assert house.ends(job) == 2
    assert house.logged(job) == [("ERROR", "provider_refused")], "the guest had no photo"
    assert house.job(job.public_id).error_code is None


def test_a_replay_is_a_job_of_its_own_with_its_own_original(make_house: MakeHouse) -> None:
    house = make_house()
    job = house.jobs.submit(house.draft(provider="local", params={"settings": {"a": 1}})).job
    with pytest.raises(JobNotFinished):
        house.replays.start(house.owner, job.public_id)
    house.jobs.cancel(house.owner, job.public_id)
    again = house.replays.start(house.owner, job.public_id).job
    assert again.public_id != job.public_id
    replayed = {"test": True, "replay": True, "replay_of": job.public_id}
    assert again.params == {"settings": {"a": 1}, **replayed}
    assert (again.provider, again.slot_id, again.state) == ("local", "slot-001", JobState.QUEUED)
    house.store.delete(job.input_key or "")
    with house.store.open(again.input_key or "") as file:
        assert file.read() == b"the original"
    with pytest.raises(InputGone):
        house.replays.start(house.owner, job.public_id)
    assert house.originals() == [again.input_key]


def test_an_original_that_goes_while_it_is_copied_is_gone(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house()
    job = house.jobs.submit(house.draft(provider="local")).job
    house.jobs.cancel(house.owner, job.public_id)

    def gone(source: object, target: object) -> None:
        raise FileNotFoundError  # as a bucket says in the middle of a file

    monkeypatch.setattr("photoai.services.jobs.replays.copy_into", gone)
    with pytest.raises(InputGone):
        house.replays.start(house.owner, job.public_id)
    assert house.originals() == [job.input_key]


def test_a_replay_that_joins_is_answered_while_the_storage_takes_nothing_away(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house()
    job = house.jobs.submit(house.draft(provider="local")).job
    house.jobs.cancel(house.owner, job.public_id)

    def away(key: str) -> None:
        raise StorageUnavailable

    wishes = Wishes(idempotency_key=stored_key("one"), request_digest="a replay")
    first = house.replays.start(house.owner, job.public_id, wishes).job
    monkeypatch.setattr(house.jobs, "known", lambda user_id, wishes: None)  # both at once
    monkeypatch.setattr(house.store, "delete", away)
    assert house.replays.start(house.owner, job.public_id, wishes).job.id == first.id
