"""The one retry loop and the breaker, over a provider that does as it is told."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import pytest

from photoai.config import ROOT
from photoai.errors import (
    JobCancelled,
    PhotoaiError,
    ProviderBadAnswer,
    ProviderError,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.catalogue import Catalogue
from photoai.services.photos import JPEG, Output, Picture
from photoai.services.providers import Answer, Ask, Providers
from photoai.services.providers.breaker import FAILURES_ALLOWED, FAIR_SEC, Breaker
from photoai.services.providers.breakers import REMEMBERED_SEC

ANSWER = Answer(image=b"image", model="told-1")
CATALOGUE = Catalogue.load(ROOT / "configs" / "providers.json")


class Told:
    """Raises or answers what it was told, in order, the last one for ever."""

    def __init__(self, *ends: PhotoaiError | Answer) -> None:
        self._ends: Iterator[PhotoaiError | Answer] = iter(ends)
        self._last = ends[-1]
        self.calls = 0

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        self.calls += 1
        end = next(self._ends, self._last)
        if isinstance(end, PhotoaiError):
            raise end
        return end


def ask(seconds: float = 60) -> Ask:
    photo, output = Picture(b"", JPEG, 1, 1), Output(JPEG, 90, 1, 1)
    deadline = time.monotonic() + seconds
    return Ask("job", 1, "change_image", "", photo, {}, {}, output, deadline)


def call(told: Told, seconds: float = 60, provider: str = "gemini") -> tuple[bytes, list[float]]:
    pauses: list[float] = []
    providers = Providers(CATALOGUE, {"gemini": told})
    _, image = providers.finish(provider, ask(seconds), lambda answer: answer.image, pauses.append)
    return image, pauses


def test_it_tries_again_after_an_overload() -> None:
    told = Told(ProviderOverloaded(), ProviderOverloaded(), ANSWER)
    image, pauses = call(told)
    assert image == b"image"
    assert told.calls == 3
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "error", [ProviderRefused(), ProviderNotConfigured(), ProviderQuota(daily=True)]
)
def test_it_does_not_repeat_what_cannot_help(error: ProviderError) -> None:
    told = Told(error)
    with pytest.raises(type(error)):
        call(told)
    assert told.calls == 1


def test_it_waits_as_long_as_the_provider_asks() -> None:
    _, pauses = call(Told(ProviderQuota(retry_after=7.5), ANSWER))
    assert pauses == [7.5]


def test_it_gives_up_at_once_when_the_wait_does_not_fit_the_deadline() -> None:
    told = Told(ProviderQuota(retry_after=90))
    with pytest.raises(ProviderQuota):
        call(told, seconds=60)
    assert told.calls == 1


def test_a_missing_image_is_asked_for_five_times() -> None:
    told = Told(ProviderBadAnswer())
    with pytest.raises(ProviderBadAnswer):
        call(told)
    assert told.calls == 5


def test_an_image_that_cannot_be_used_is_asked_for_again() -> None:
    told, uses = Told(ANSWER), iter([ProviderBadAnswer(), None])

    def use(answer: Answer) -> bytes:
        if error := next(uses):
            raise error
        return answer.image

    providers = Providers(CATALOGUE, {"gemini": told})
    providers.finish("gemini", ask(), use, lambda seconds: None)
    assert told.calls == 2


def test_nothing_is_asked_when_the_deadline_has_passed() -> None:
    told = Told(ANSWER)
    with pytest.raises(ProviderTimeout):
        call(told, seconds=0)
    assert told.calls == 0


def test_a_provider_without_code_is_not_configured() -> None:
    with pytest.raises(ProviderNotConfigured):
        call(Told(ANSWER), provider="turbotext")


def fail(breaker: Breaker, error: ProviderError) -> None:
    with pytest.raises(type(error)), breaker.call():
        raise error


def test_the_breaker_opens_after_failures_in_a_row_and_says_for_how_long() -> None:
    breaker = Breaker(failures_allowed=2, open_sec=30)
    fail(breaker, ProviderOverloaded())
    fail(breaker, ProviderRefused())  # it answered: the row is broken
    fail(breaker, ProviderOverloaded())
    assert breaker.healthy
    fail(breaker, ProviderTimeout())
    assert not breaker.healthy
    with pytest.raises(ProviderOverloaded) as refused, breaker.call():
        pytest.fail("It should be open.")
    assert 29 < (refused.value.retry_after or 0) <= 30


def test_half_open_lets_one_call_through() -> None:
    breaker = Breaker(failures_allowed=1, open_sec=0)
    fail(breaker, ProviderOverloaded())
    with breaker.call(), pytest.raises(ProviderOverloaded), breaker.call():
        pytest.fail("Somebody is trying already.")
    assert breaker.healthy


def test_a_used_up_day_keeps_it_open() -> None:
    breaker = Breaker()
    fail(breaker, ProviderQuota(daily=True, retry_after=100))
    with pytest.raises(ProviderQuota), breaker.call():
        pytest.fail("The quota is gone.")
    assert not breaker.healthy


def test_an_ask_knows_what_is_left() -> None:
    assert 4 < dataclasses.replace(ask(5)).seconds_left <= 5


def test_a_breaker_that_is_open_uses_up_no_tries() -> None:
    told = Told(*[ProviderOverloaded()] * FAILURES_ALLOWED, ANSWER)
    providers = Providers(CATALOGUE, {"gemini": told})
    entry = CATALOGUE.providers["gemini"]
    with pytest.raises(ProviderOverloaded):
        providers.finish("gemini", ask(), lambda answer: answer.image, lambda seconds: None)
    assert told.calls == min(entry.max_tries, FAILURES_ALLOWED)
    refused = 0

    def pause(seconds: float) -> None:
        nonlocal refused
        refused += 1
        if refused > 2 * entry.max_tries:
            providers._breakers.of(entry, ask())._closed_at = 0.0  # its time is over

    _, image = providers.finish("gemini", ask(), lambda answer: answer.image, pause)
    assert image == b"image"
    assert refused > entry.max_tries


def test_what_answers_cost_that_nobody_could_use_is_counted() -> None:
    answer = dataclasses.replace(ANSWER, cost=0.01)
    told = Told(ProviderBadAnswer(cost=0.002), answer)
    providers = Providers(CATALOGUE, {"gemini": told})
    tries: list[Answer] = []

    def use(answer: Answer) -> bytes:
        tries.append(answer)
        if len(tries) < 2:
            raise ProviderBadAnswer
        return answer.image

    found, _ = providers.finish("gemini", ask(), use, lambda _: None)
    assert found.cost == pytest.approx(0.022)

    refused = Told(ProviderBadAnswer(cost=0.002), ProviderRefused(cost=0.001))
    with pytest.raises(ProviderRefused) as error:
        Providers(CATALOGUE, {"gemini": refused}).finish("gemini", ask(), use, lambda _: None)
    assert error.value.cost == pytest.approx(0.003)


def of_model(model: str, seconds: float = 60) -> Ask:
    return dataclasses.replace(ask(seconds), settings={"model": model})


class Keyed:
    """Providers whose key changes; `ends` by model."""

    def __init__(self, **ends: PhotoaiError | Answer) -> None:
        self.key = "first"
        self.asked: list[str] = []
        self._ends = ends
        self.all = Providers(CATALOGUE, {"gemini": self}, key_of=lambda _: self.key)

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        model = str(ask.settings.get("model"))
        self.asked.append(model)
        end = self._ends["lite" if "lite" in model else "own"]
        if isinstance(end, PhotoaiError):
            raise end
        return end

    def call(self, ask: Ask) -> bytes:
        return self.all.finish(
            "gemini", ask, lambda answer: answer.image, lambda _: None, hurried=True
        )[1]


OWN, LITE = "gemini-3-pro-image", "gemini-3.1-flash-lite-image"


@pytest.mark.parametrize("error", [ProviderOverloaded(), ProviderQuota(daily=True)])
def test_one_models_trouble_is_not_the_next_ones(error: ProviderError) -> None:
    keyed = Keyed(own=error, lite=ANSWER)
    with pytest.raises(type(error)):
        keyed.call(of_model(OWN))
    assert not keyed.all.healthy("gemini")
    assert keyed.call(of_model(LITE)) == b"image"
    keyed.asked.clear()
    with pytest.raises(type(error)):
        keyed.call(of_model(OWN))
    assert keyed.asked == []


def test_another_key_has_a_day_of_its_own() -> None:
    keyed = Keyed(own=ProviderQuota(daily=True, retry_after=40_000), lite=ANSWER)
    with pytest.raises(ProviderQuota):
        keyed.call(of_model(OWN))
    keyed.key = "second"
    assert keyed.all.healthy("gemini")
    keyed.asked.clear()
    with pytest.raises(ProviderQuota):
        keyed.call(of_model(OWN))
    assert keyed.asked == [OWN]


def test_who_had_no_time_to_answer_is_not_left_alone_for_it() -> None:
    keyed = Keyed(own=ProviderTimeout(), lite=ANSWER)
    for _ in range(2 * FAILURES_ALLOWED):
        with pytest.raises(ProviderTimeout):
            keyed.call(of_model(OWN, seconds=FAIR_SEC / 2))
    assert keyed.all.healthy("gemini")
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(ProviderError):
            keyed.call(of_model(OWN, seconds=FAIR_SEC + 1))
    assert not keyed.all.healthy("gemini")


def test_a_model_nobody_asks_any_more_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    keyed = Keyed(own=ProviderOverloaded(), lite=ANSWER)
    with pytest.raises(ProviderOverloaded):
        keyed.call(of_model(OWN))
    assert not keyed.all.healthy("gemini")
    later = time.monotonic() + REMEMBERED_SEC + 1
    monkeypatch.setattr("photoai.services.providers.breakers.time.monotonic", lambda: later)
    assert keyed.all.healthy("gemini")


def test_what_tries_have_cost_is_told_when_nobody_wants_the_photo_any_more() -> None:
    lost: list[float] = []

    def cancelled(_: float) -> None:
        raise JobCancelled

    told = Told(ProviderBadAnswer(cost=0.002))
    with pytest.raises(JobCancelled):
        Providers(CATALOGUE, {"gemini": told}).finish(
            "gemini", ask(), lambda answer: answer.image, cancelled, lost=lost.append
        )
    assert lost == [0.002]
