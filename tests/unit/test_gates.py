"""What a photo is kept from before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from photoai.errors import (
    InputGone,
    JobCancelled,
    PhotoaiError,
    ProviderError,
    ProviderOverloaded,
    ProviderQuota,
)
from photoai.models import Job
from photoai.services.clock import utcnow
from photoai.services.gates import Gates, Passage
from photoai.services.ingest.climbing import CLOSED, LADDER, Climb, Foothold, cut_offs
from photoai.services.ingest.intake import Way
from photoai.services.jobs import REPLAY, Done
from photoai.services.ladder import Step

STEPS = [
    Step("gemini", "change_image", {}, 10.0),
    Step("openai", "change_image", {}, 20.0),
    Step("local", "frame", {}, 30.0),
]
GONE = "provider_overloaded"


class Shut:
    def __init__(self, provider: str, error: ProviderError) -> None:
        self.provider, self.error = provider, error
        self.asked: list[Passage] = []

    def refusal(self, passage: Passage) -> ProviderError | None:
        self.asked.append(passage)
        return self.error if passage.provider == self.provider else None


class Running:
    """A run that has a place everywhere."""

    def __init__(self, **params: Any) -> None:
        ladder = [step.as_json() for step in STEPS]
        params = {LADDER: ladder, "operation": "change_image", "settings": {}, **params}
        self.job = Job(public_id="a", provider="gemini", created=utcnow(), params=params)
        self.deadline = float("inf")

    def move_to(self, provider: str, until: float) -> bool:
        return True


def climbed(**params: Any) -> Foothold:
    """The first rung that was tried."""
    tried: list[Foothold] = []

    def finish(hold: Foothold) -> Done:
        tried.append(hold)
        return Done("key", {})

    Climb(Running(**params), finish, lost=[].append).done()  # type: ignore[arg-type]
    return tried[0]


@pytest.mark.parametrize(
    "end", [JobCancelled(), InputGone(), RuntimeError("broke"), PhotoaiError()]
)
def test_what_left_rungs_have_cost_is_told_when_the_end_does_not(end: Exception) -> None:
    lost: list[float] = []

    def finish(hold: Foothold) -> Done:
        raise end if hold.is_last else ProviderOverloaded(cost=0.02)

    with pytest.raises(type(end)):
        Climb(Running(), finish, lost.append).done()  # type: ignore[arg-type]
    assert lost == [0.04]


def test_a_providers_error_tells_what_all_rungs_have_cost() -> None:
    lost: list[float] = []

    def finish(hold: Foothold) -> Done:
        raise ProviderOverloaded(cost=0.02)

    with pytest.raises(ProviderOverloaded) as failed:
        Climb(Running(), finish, lost.append).done()  # type: ignore[arg-type]
    assert (failed.value.cost, lost) == (pytest.approx(0.06), [])


def test_each_provider_is_asked_about_once_and_the_first_refusal_counts() -> None:
    first, second = Shut("gemini", ProviderQuota()), Shut("gemini", ProviderOverloaded())
    gates = Gates([first, second])
    assert gates.closed(7, "slot-001", ["gemini", "local", "gemini"]) == {
        "gemini": "provider_quota"
    }
    assert first.asked == [Passage(7, "slot-001", each) for each in ("gemini", "local")]
    assert second.asked == [Passage(7, "slot-001", "local")]


def test_a_photo_waits_first_where_it_may_go() -> None:
    assert Way(STEPS, {}).starts_at("gemini") == "gemini"
    assert Way(STEPS, {"gemini": GONE, "openai": GONE}).starts_at("gemini") == "local"
    assert Way([], {"gemini": GONE}).starts_at("gemini") == "gemini"


def test_what_is_closed_is_left_and_its_time_is_the_rungs_before_it() -> None:
    hold = climbed(**{CLOSED: {"gemini": GONE}})
    assert (hold.name, hold.is_last, hold.step.until_sec) == ("1:openai", False, 20.0)
    assert [(each["rung"], each["error"]) for each in hold.left] == [("0:gemini", GONE)]
    hold = climbed(**{CLOSED: {"openai": GONE, "local": GONE}})
    assert (hold.name, hold.is_last, hold.step.until_sec) == ("0:gemini", True, 30.0)
    assert [each["rung"] for each in hold.left] == ["1:openai", "2:local"]
    job = Running(**{CLOSED: {"openai": GONE}}).job
    assert list(cut_offs(job)) == [(20.0, "local")]


def test_where_all_is_closed_the_booth_is_told_why() -> None:
    shut = {step.provider: GONE for step in STEPS} | {"local": "provider_quota"}
    with pytest.raises(ProviderQuota) as caught:
        climbed(**{CLOSED: shut})
    assert [each["rung"] for each in caught.value.details["left"]] == ["0:gemini", "1:openai"]
    with pytest.raises(ProviderOverloaded):
        climbed(**{CLOSED: {"gemini": GONE}, LADDER: []})


def test_a_replay_goes_where_it_likes() -> None:
    assert climbed(**{CLOSED: {"gemini": GONE}, REPLAY: True}).name == "0:gemini"


def test_the_last_rung_of_somebody_else_has_the_time_of_the_job() -> None:
    """The booth has gone by then, and the guest gets the photo all the same."""
    theirs = climbed(**{CLOSED: {"gemini": GONE, "local": GONE}})
    assert (theirs.name, theirs.is_last) == ("1:openai", True)
    assert theirs.deadline == float("inf") > theirs.until
    ours = climbed(**{CLOSED: {"gemini": GONE, "openai": GONE}})
    assert (ours.name, ours.deadline) == ("2:local", ours.until)
