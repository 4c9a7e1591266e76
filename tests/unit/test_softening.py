"""Milder words after a refusal: when they are tried, what both calls cost, what is told."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

from photoai.errors import JobCancelled, ProviderOverloaded, ProviderRefused
from photoai.services.ingest.softening import softening
from photoai.services.photos import JPEG, Output, Picture
from photoai.services.providers import Answer, Ask

ASK = Ask(
    job_id="job", user_id=1, operation="change_image", prompt="wild",
    photo=Picture(b"", JPEG, 6, 4), images={},
    settings={"prompt": "wild", "softened_prompt": "mild"}, output=Output(JPEG, 92, 6, 4),
    deadline=time.monotonic() + 3600,
)  # fmt: skip


class Told:
    """A provider that answers as it was told, one after the other."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.prompts: list[str] = []

    def __call__(self, ask: Ask) -> tuple[Answer, str]:
        self.prompts.append(ask.prompt)
        assert ask.settings["prompt"] == ask.prompt
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer, "photo"


def refused(cost: float = 0.0) -> ProviderRefused:
    return ProviderRefused(details={"reason": "SAFETY"}, cost=cost)


def test_a_photo_that_is_not_refused_is_asked_for_once() -> None:
    told = Told(answer := Answer(b"", "m", cost=0.02))
    assert softening(ASK, told) == (answer, "photo")
    assert told.prompts == ["wild"]


def test_milder_words_are_tried_once_and_both_are_paid() -> None:
    told = Told(refused(0.01), Answer(b"", "m", cost=0.02, notes={"size": "s"}))
    answer, _ = softening(ASK, told)
    assert told.prompts == ["wild", "mild"]
    assert answer.cost == pytest.approx(0.03)
    assert answer.notes == {"size": "s", "softened": True, "refused": "SAFETY"}


@pytest.mark.parametrize("second", [refused(0.02), ProviderOverloaded(cost=0.02)])
def test_the_refusal_stays_when_milder_words_do_not_help(second: Exception) -> None:
    told = Told(refused(0.01), second)
    with pytest.raises(ProviderRefused) as caught:
        softening(ASK, told)
    assert len(told.prompts) == 2
    assert caught.value.cost == pytest.approx(0.03)
    assert caught.value.details["reason"] == "SAFETY"
    assert caught.value.details["softened"] == getattr(second, "code", None)


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": {"prompt": "wild"}},
        {"settings": {"prompt": "wild", "softened_prompt": " "}},
        {"settings": {"prompt": "wild", "softened_prompt": "wild "}},
        {"deadline": 0.0},
    ],
)
def test_without_other_words_or_time_a_refusal_is_all(changed: dict[str, Any]) -> None:
    told = Told(refused())
    with pytest.raises(ProviderRefused) as caught:
        softening(dataclasses.replace(ASK, **changed), told)
    assert "softened" not in caught.value.details
    assert told.prompts == ["wild"]


def test_another_failure_is_not_softened() -> None:
    told = Told(ProviderOverloaded())
    with pytest.raises(ProviderOverloaded):
        softening(ASK, told)
    assert told.prompts == ["wild"]


def test_what_a_refusal_has_cost_is_told_when_the_photo_is_not_wanted_any_more() -> None:
    lost: list[float] = []
    with pytest.raises(JobCancelled):
        softening(ASK, Told(refused(0.01), JobCancelled()), lost.append)
    assert lost == [0.01]
