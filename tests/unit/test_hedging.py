"""A second call beside a slow one: when it is made, whose photo is taken, what both cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from photoai.errors import (
    InputGone,
    JobCancelled,
    ProviderOverloaded,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.models import Job
from photoai.services.ingest.hedging import HEDGE, Lane, hedged
from photoai.services.jobs import Run
from photoai.services.photos import JPEG, Output, Picture
from photoai.services.providers import Answer, Ask
from tests.support.waiting import wait_until

LONG_SEC = 20.0
Made = tuple[Answer, str | None]


class Told:
    """A provider whose first and second call do as they are told, each in its lane."""

    def __init__(self, *calls: Callable[[Lane], Made]) -> None:
        self._calls = list(calls)
        self._state = threading.Lock()
        self.asked = 0
        self.lost: list[float] = []
        self.places = 1
        self.run = Run(Job(public_id="job"), time.monotonic() + LONG_SEC, lambda *report: None)
        self.run.beside = self.beside

    @contextmanager
    def beside(self) -> Iterator[bool]:
        yield bool(self.places)

    def __call__(self, ask: Ask, lane: Lane) -> Made:
        with self._state:
            call = self._calls[self.asked]
            self.asked += 1
        return call(lane)

    def photo(self, after_sec: float = 0.02, within_sec: float = LONG_SEC) -> tuple[Answer, str]:
        ask = Ask(
            job_id="job", user_id=1, operation="change_image", prompt="wild",
            photo=Picture(b"", JPEG, 6, 4), images={}, settings={HEDGE: after_sec},
            output=Output(JPEG, 92, 6, 4), deadline=time.monotonic() + within_sec,
        )  # fmt: skip
        return hedged(self.run, ask, self, self.lost.append)


def answered(name: str, usd: float = 0.0) -> Callable[[Lane], Made]:
    return lambda lane: (Answer(b"", "m", cost=usd), name)


def after(event: threading.Event, then: Callable[[Lane], Made]) -> Callable[[Lane], Made]:
    def call(lane: Lane) -> Made:
        assert event.wait(LONG_SEC)
        return then(lane)

    return call


def raised(error: Exception) -> Callable[[Lane], Made]:
    def call(lane: Lane) -> Made:
        raise error

    return call


def too_late(usd: float) -> Callable[[Lane], Made]:
    """An answer when the race is over: nobody makes a photo of it."""

    def call(lane: Lane) -> Made:
        wait_until(lane.is_over)
        return Answer(b"", "m", cost=usd), None

    return call


def test_who_answers_in_time_is_asked_once() -> None:
    told = Told(answered("first", 0.02))
    answer, photo = told.photo(after_sec=LONG_SEC)
    assert (photo, answer.cost, dict(answer.notes), told.asked) == ("first", 0.02, {}, 1)


def test_without_the_setting_the_call_waits_as_its_job_does() -> None:
    seen: list[Lane] = []

    def call(lane: Lane) -> Made:
        seen.append(lane)
        return Answer(b"", "m"), "photo"

    told = Told(call)
    answer, photo = told.photo(after_sec=0)
    assert (photo, answer.cost) == ("photo", None)
    assert seen[0].pause == told.run.pause
    assert not seen[0].is_over()


def test_a_second_call_takes_the_place_of_one_that_is_slow() -> None:
    told = Told(too_late(0.03), answered("second", 0.02))
    answer, photo = told.photo()
    assert (photo, answer.cost, dict(answer.notes)) == ("second", 0.02, {"hedged": 2})
    wait_until(lambda: told.lost)
    assert told.lost == [0.03], "what comes later was paid, too"


def test_the_first_one_may_be_faster_after_all() -> None:
    begun = threading.Event()

    def second(lane: Lane) -> Made:
        begun.set()
        return too_late(0.0)(lane)

    told = Told(after(begun, answered("first", 0.02)), second)
    answer, photo = told.photo()
    assert (photo, dict(answer.notes), told.asked) == ("first", {"hedged": 1}, 2)
    assert told.lost == []


@pytest.mark.parametrize("failing", [0, 1])
def test_where_one_call_fails_the_photo_is_the_other_ones(failing: int) -> None:
    both = threading.Event()

    def fails(lane: Lane) -> Made:
        both.set()
        raise ProviderOverloaded(cost=0.01)

    calls = [after(both, answered("photo", 0.02)), fails]
    if failing == 0:
        begun = threading.Event()
        calls = [after(begun, fails), after(both, answered("photo", 0.02))]
        begin, calls[1] = calls[1], lambda lane: (begun.set(), begin(lane))[1]
    told = Told(*calls)
    answer, photo = told.photo()
    assert photo == "photo"
    wait_until(lambda: (answer.cost or 0.0) + sum(told.lost) == pytest.approx(0.03))


def test_when_both_fail_the_first_ones_error_tells_what_both_cost() -> None:
    begun = threading.Event()

    def second(lane: Lane) -> Made:
        begun.set()
        raise InputGone

    told = Told(after(begun, raised(ProviderOverloaded(cost=0.01))), second)
    with pytest.raises(ProviderOverloaded) as failed:
        told.photo()
    assert (failed.value.cost, told.lost) == (0.01, [])


def test_a_refusal_ends_both() -> None:
    begun = threading.Event()

    def second(lane: Lane) -> Made:
        begun.set()
        return too_late(0.02)(lane)

    told = Told(after(begun, raised(ProviderRefused(cost=0.01))), second)
    with pytest.raises(ProviderRefused) as refused:
        told.photo()
    assert refused.value.cost == 0.01
    wait_until(lambda: told.lost == [0.02])


def test_an_error_before_the_second_call_is_raised_at_once() -> None:
    told = Told(raised(ProviderOverloaded(cost=0.01)))
    with pytest.raises(ProviderOverloaded):
        told.photo(after_sec=LONG_SEC)
    assert (told.asked, told.lost) == (1, [])


def test_without_a_place_there_is_no_second_call() -> None:
    told = Told(lambda lane: (lane.pause(0.1), answered("first")(lane))[1])
    told.places = 0
    answer, photo = told.photo()
    assert (photo, dict(answer.notes), told.asked) == ("first", {}, 1)


def test_a_call_that_keeps_no_deadline_is_left_and_what_it_costs_is_told() -> None:
    told = Told(too_late(0.03), too_late(0.02))
    with pytest.raises(ProviderTimeout):
        told.photo(within_sec=-0.9)
    wait_until(lambda: sorted(told.lost) == [0.02, 0.03])


def test_who_is_cancelled_pays_for_what_was_asked() -> None:
    def cancelled(lane: Lane) -> Made:
        told.run.cancelled.set()
        return too_late(0.03)(lane)

    told = Told(cancelled, too_late(0.02))
    with pytest.raises(JobCancelled):
        told.photo()
    wait_until(lambda: sum(told.lost) == pytest.approx(0.03 + 0.02 * (told.asked == 2)))


def test_what_lost_stops_to_try() -> None:
    stopped = threading.Event()

    def tries_on(lane: Lane) -> Made:
        try:
            lane.pause(LONG_SEC)
        except ProviderTimeout:
            stopped.set()
            raise
        raise AssertionError

    told = Told(tries_on, answered("second"))
    assert told.photo()[1] == "second"
    assert stopped.wait(LONG_SEC)
