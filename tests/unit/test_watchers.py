"""Which model is asked after which, and what all of them have cost, over a mind that does as it is
told."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pytest

from photoai.errors import (
    JobCancelled,
    PhotoaiError,
    ProviderBadAnswer,
    ProviderError,
    ProviderModelGone,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.providers import (
    US,
    Check,
    Footage,
    Providers,
    Question,
    Said,
    Sent,
    Told,
    VideoMind,
    go_on,
)
from tests.support.reels import hasty

FIRST, SECOND = "first", "second"
TOLD = Told("{}", "STOP", FIRST, usage={"input": 10}, cost=0.5)


class Mind:
    """Raises or answers what it was told, in order, the last one for ever."""

    def __init__(self, *ends: PhotoaiError | Told) -> None:
        self._ends = iter(ends)
        self._last = ends[-1]
        self.asked: list[str] = []

    def configured(self) -> bool:
        return True

    def video_models(self) -> Sequence[str]:
        return [FIRST, SECOND]

    def send(self, footage: Footage, name: str, deadline: float, check: Check = go_on) -> Sent:
        raise AssertionError("Nobody asked for it.")

    def ask(self, question: Question, check: Check = go_on) -> Told:
        self.asked.append(question.model)
        end = next(self._ends, self._last)
        if isinstance(end, PhotoaiError):
            raise end
        return end

    def remove(self, name: str, deadline: float, check: Check = go_on) -> None:
        raise AssertionError("Nobody asked for it.")


class Provider:
    def __init__(self, mind: VideoMind | None) -> None:
        self.videos = mind


def mind_of(provider: object) -> VideoMind:
    return Providers(hasty(), {"gemini": provider}).videos("gemini")  # type: ignore[dict-item]


def ask(mind: Mind, model: str = "", seconds: float = 30) -> Told:
    sent, deadline = Sent("video/mp4", "uri"), time.monotonic() + seconds
    question = Question(sent, "", [Said(US, "So?")], {}, model, deadline)
    return mind_of(Provider(mind)).ask(question)


def billed(error: ProviderError, cost: float) -> ProviderError:
    error.cost, error.usage, error.retry_after = cost, {"input": 1}, 0.01
    return error


@pytest.mark.parametrize(
    "error", [ProviderModelGone(), ProviderTimeout(), ProviderQuota(daily=True)], ids=repr
)
def test_the_next_model_is_asked_when_it_may_know_better(error: ProviderError) -> None:
    mind = Mind(error, TOLD)
    assert ask(mind) == TOLD
    assert mind.asked == [FIRST, SECOND]


@pytest.mark.parametrize("error", [ProviderRefused(), ProviderNotConfigured()], ids=repr)
def test_it_is_not_asked_where_it_would_say_the_same(error: ProviderError) -> None:
    mind = Mind(error, TOLD)
    with pytest.raises(type(error)):
        ask(mind)
    assert mind.asked == [FIRST]


def test_a_conversation_goes_on_with_the_model_it_began_with() -> None:
    mind = Mind(TOLD)
    ask(mind, SECOND)
    ask(mind, "another")
    assert mind.asked == [SECOND, "another"]


def test_what_came_to_nothing_is_paid_for_by_what_comes_in_the_end() -> None:
    mind = Mind(billed(ProviderBadAnswer(), 0.25), billed(ProviderModelGone(), 0.125), TOLD)
    told = ask(mind)
    assert (told.cost, told.usage) == (0.875, {"input": 12})
    assert mind.asked == [FIRST, FIRST, SECOND]


def test_what_was_billed_is_told_when_nobody_wants_to_know_any_more() -> None:
    lost: list[tuple[float, dict[str, int], str]] = []
    mind = Mind(billed(ProviderModelGone(), 0.125), billed(ProviderBadAnswer(), 0.25), TOLD)

    def check() -> None:
        if len(mind.asked) == 2:
            raise JobCancelled

    def note(cost: float, usage: Mapping[str, int], model: str) -> None:
        lost.append((cost, dict(usage), model))

    sent, deadline = Sent("video/mp4", "uri"), time.monotonic() + 30
    question = Question(sent, "", [Said(US, "So?")], {}, "", deadline, note)
    with pytest.raises(JobCancelled):
        mind_of(Provider(mind)).ask(question, check)
    assert lost == [(0.375, {"input": 2}, SECOND)]


def test_the_error_that_helps_most_is_told_with_all_that_was_billed() -> None:
    overloaded = [billed(ProviderOverloaded(), 0.25) for _ in range(3)]
    with pytest.raises(ProviderOverloaded) as refused:
        ask(Mind(*overloaded, billed(ProviderModelGone(), 0.125)))
    assert (refused.value.cost, refused.value.usage) == (0.875, {"input": 4})
    assert refused.value.model == FIRST


def test_nobody_is_asked_without_time() -> None:
    mind = Mind(TOLD)
    with pytest.raises(ProviderTimeout) as late:
        ask(mind, seconds=0.1)
    assert mind.asked == []
    assert late.value.message == "The AI provider did not answer in time."


@pytest.mark.parametrize("provider", ["gemini", "local", "nobody"])
def test_a_provider_that_watches_no_videos_is_not_configured(provider: str) -> None:
    mind = Providers(hasty(), {"gemini": Provider(None)}).videos(provider)  # type: ignore[dict-item]
    assert not mind.configured()
    assert not mind.video_models()
    with pytest.raises(ProviderNotConfigured):
        mind.remove("name", time.monotonic() + 1)
