"""One key, one job: however often and however much at once the same is asked; both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from photoai.errors import IdempotencyKeyReused, JobNotRetryable, PhotoaiError, ProviderRefused
from photoai.models import Job, JobState
from photoai.services.jobs import Run, Submitted, Wishes, stored_key
from tests.support.house import House
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeHouse = Callable[..., House]
AT_ONCE = 8
MINE = Wishes(stored_key("mine"), "the digest")
OTHERWISE = Wishes(stored_key("mine"), "another digest")


@pytest.fixture
def house(make_house: MakeHouse) -> House:
    return make_house()


def jobs(house: House) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def all_at_once(call: Callable[[int], Submitted]) -> list[Submitted | PhotoaiError]:
    """What each call came to."""
    gate = threading.Barrier(AT_ONCE)

    def act(number: int) -> Submitted | PhotoaiError:
        gate.wait(10)
        try:
            return call(number)
        except PhotoaiError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(act, range(AT_ONCE)))


def test_many_at_once_create_one_job(house: House) -> None:
    answers = all_at_once(lambda _: house.jobs.submit(MINE.upon(house.draft())))
    assert all(isinstance(answer, Submitted) for answer in answers)
    assert len({answer.job.public_id for answer in answers}) == 1  # type: ignore[union-attr]
    assert [answer.joined for answer in answers].count(False) == 1  # type: ignore[union-attr]
    assert jobs(house) == 1


def test_of_two_kinds_of_requests_with_one_key_one_wins_and_the_other_is_refused(
    house: House,
) -> None:
    def call(number: int) -> Submitted:
        return house.jobs.submit((OTHERWISE if number % 2 else MINE).upon(house.draft()))

    answers = all_at_once(call)
    refused = [isinstance(answer, IdempotencyKeyReused) for answer in answers]
    assert refused in ([False, True] * (AT_ONCE // 2), [True, False] * (AT_ONCE // 2))
    assert jobs(house) == 1


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_an_ended_job_goes_on_answering_for_its_key(make_house: MakeHouse, end: str) -> None:
    def work(run: Run) -> None:
        if end == "failed":
            raise ProviderRefused

    house = make_house(work)
    if end != "cancelled":
        house.queue._in_charge()
    job = house.jobs.submit(MINE.upon(house.draft())).job
    if end == "cancelled":
        house.jobs.cancel(house.owner, job.public_id)
    wait_until(lambda: house.job(job.public_id).state == end)
    again = house.jobs.submit(MINE.upon(house.draft()))
    assert (again.joined, again.job.public_id, again.job.state) == (True, job.public_id, end)
    known = house.jobs.known(house.owner.id, MINE)
    assert known is not None
    assert known.id == job.id
    with pytest.raises(IdempotencyKeyReused):
        house.jobs.known(house.owner.id, OTHERWISE)


def test_a_key_is_its_users_own_and_never_a_booths(house: House) -> None:
    mine = house.jobs.submit(MINE.upon(house.draft())).job
    other = house.somebody()
    assert house.jobs.known(other.id, MINE) is None
    booth = "booth:" + stored_key("mine").partition(":")[2]
    photo = house.jobs.submit(house.draft(idempotency_key=booth)).job
    assert photo.id != mine.id
    assert house.jobs.known(house.owner.id, Wishes("booth:x", "d")) is None


def test_what_a_booth_numbers_itself_still_counts_only_while_it_can_be_answered(
    house: House,
) -> None:
    first = house.jobs.submit(house.draft(idempotency_key="booth:1")).job
    assert house.jobs.submit(house.draft(idempotency_key="booth:1")).joined
    house.jobs.cancel(house.owner, first.public_id)
    assert not house.jobs.submit(house.draft(idempotency_key="booth:1")).joined


@pytest.mark.parametrize("has_a_key", [False, True])
def test_a_job_is_tried_again_once_for_a_key(house: House, has_a_key: bool) -> None:
    draft = house.draft()
    made = Wishes(stored_key("made"), "made")
    job = house.jobs.submit(made.upon(draft) if has_a_key else draft).job
    house.jobs.cancel(house.owner, job.public_id)
    answers = all_at_once(lambda _: house.jobs.retry(house.owner, job.public_id, MINE))
    assert all(isinstance(answer, Submitted) for answer in answers), answers
    assert [answer.joined for answer in answers].count(False) == 1  # type: ignore[union-attr]
    house.jobs.cancel(house.owner, job.public_id)
    again = house.jobs.retry(house.owner, job.public_id, MINE)
    assert (again.joined, again.job.state) == (True, JobState.CANCELLED)
    with pytest.raises(IdempotencyKeyReused):
        house.jobs.retry(house.owner, job.public_id, OTHERWISE)
    other = house.jobs.retry(house.owner, job.public_id, Wishes(stored_key("other"), "x"))
    assert (other.joined, other.job.state) == (False, JobState.QUEUED)
    assert house.jobs.retry(house.owner, job.public_id, MINE).joined
    if has_a_key:
        assert house.jobs.submit(made.upon(house.draft())).job.id == job.id
    assert house.ends(job) == 2


def test_a_key_of_something_else_tries_nothing_again(house: House) -> None:
    house.jobs.submit(MINE.upon(house.draft()))
    job = house.jobs.submit(house.draft()).job
    house.jobs.cancel(house.owner, job.public_id)
    for act in (house.jobs.retry, house.replays.start):
        with pytest.raises(IdempotencyKeyReused):
            act(house.owner, job.public_id, OTHERWISE)
    assert house.job(job.public_id).state == JobState.CANCELLED
    assert jobs(house) == 2


def test_without_a_key_only_one_of_many_retries_counts(house: House) -> None:
    job = house.jobs.submit(house.draft()).job
    house.jobs.cancel(house.owner, job.public_id)
    answers = all_at_once(lambda _: house.jobs.retry(house.owner, job.public_id))
    kinds = [type(answer) for answer in answers]
    assert (kinds.count(Submitted), kinds.count(JobNotRetryable)) == (1, AT_ONCE - 1)


def test_a_job_is_replayed_once_for_a_key(house: House) -> None:
    job = house.jobs.submit(house.draft()).job
    house.jobs.cancel(house.owner, job.public_id)
    answers = all_at_once(lambda _: house.replays.start(house.owner, job.public_id, MINE))
    assert len({answer.job.id for answer in answers}) == 1  # type: ignore[union-attr]
    assert jobs(house) == 2
    with house.database.read() as session:
        kept = set(session.scalars(select(Job.input_key)))
    assert {file.key for file in house.store.stored("originals")} == kept
