"""Questions about a video: whom they reach, how long they take, what they cost, how they fail."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest

from photoai.errors import (
    JobCancelled,
    ProviderBadAnswer,
    ProviderError,
    ProviderModelGone,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.providers import US, Question, Said, Sent, VideoMind
from photoai.services.reels.analysis import Analyst, Wish
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.gemini_client import file_at
from tests.support.reels import (
    CATALOGUE,
    FIRST,
    LARGE,
    NAME,
    SECOND,
    THIRD,
    Cancelling,
    analysed,
    facts,
    footage,
    soon,
    watching,
)
from tests.support.slowpoke import Slowpoke

pytestmark = pytest.mark.slow
SPARE_SEC = 0.8


def test_what_it_cost_is_counted_from_the_tokens(mind: VideoMind, tmp_path: Path) -> None:
    made = analysed(mind, footage(tmp_path))
    assert made.usage["audio"] == 12 * 32
    assert made.usage["thoughts"] == 210
    assert made.usage["input"] > 12 * 258
    tokens_out = made.usage["text"] + made.usage["thoughts"]
    assert made.cost == pytest.approx((made.usage["input"] * 0.75 + tokens_out * 3.75) / 1e6)


@pytest.mark.parametrize(
    ("word", "error", "asked"),
    [
        ("refused", ProviderRefused, 1),
        ("blocked", ProviderRefused, 1),
        ("empty", ProviderBadAnswer, 3),
        ("cut", ProviderOverloaded, 9),
        ("quota", ProviderQuota, 1),
        ("quota_daily", ProviderQuota, 3),
        ("500", ProviderOverloaded, 9),
        ("503", ProviderOverloaded, 9),
        ("gone", ProviderModelGone, 3),
        ("retired", ProviderModelGone, 3),
    ],
)
def test_what_cannot_be_helped_is_told_in_our_words(
    word: str,
    error: type[ProviderError],
    asked: int,
    emulator: GeminiEmulator,
    mind: VideoMind,
    tmp_path: Path,
) -> None:
    emulator.let_videos(word)
    seconds = 2.0 if word == "quota" else 40.0
    with pytest.raises(error) as refused:
        analysed(mind, footage(tmp_path, LARGE), seconds=seconds)
    assert type(refused.value) is error
    assert len(emulator.asked_about_videos()) == asked
    billed = {"refused", "blocked", "empty"}
    assert (refused.value.cost > 0) == (word in billed)
    assert bool(refused.value.usage) == (word in billed)
    assert "photo" not in refused.value.message
    assert "image" not in refused.value.message


def test_a_storm_is_weathered(emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path) -> None:
    emulator.let_videos("503", "500", "good")
    assert analysed(mind, footage(tmp_path)).model == FIRST
    assert len(emulator.asked_about_videos()) == 3


def test_an_answer_that_was_empty_once_is_paid_for(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos("empty", "good")
    made = analysed(mind, footage(tmp_path))
    assert (made.repairs, made.usage["thoughts"]) == (0, 420)


@pytest.mark.parametrize("trouble", ["gone", "busy"])
def test_the_next_model_is_asked_when_one_is_gone_or_overloaded(
    trouble: str, emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos("four_keys", "good", **{trouble: [FIRST]})  # type: ignore[arg-type]
    made = analysed(mind, footage(tmp_path))
    assert (made.model, made.model_version, made.repairs) == (SECOND, f"{SECOND}-001", 1)
    models = [each["path"].split("/")[-1].split(":")[0] for each in emulator.asked_about_videos()]
    assert models == [FIRST] * (1 if trouble == "gone" else 3) + [SECOND, SECOND]


def test_the_administrators_models_are_asked_first(emulator: GeminiEmulator) -> None:
    assert watching(emulator).video_models() == [FIRST, SECOND, THIRD]
    assert watching(emulator, first=THIRD).video_models() == [THIRD, SECOND]
    assert watching(emulator, first="new", second=SECOND).video_models() == ["new", SECOND]


def test_a_model_without_a_price_has_no_cost(emulator: GeminiEmulator, tmp_path: Path) -> None:
    entries = watching(emulator, first=SECOND, models=_unpriced())
    made = analysed(entries, footage(tmp_path))
    assert (made.model, made.cost) == (SECOND, None)
    assert made.usage["input"] > 0


def _unpriced() -> dict[str, Any]:
    video = CATALOGUE.providers["gemini"].video
    assert video is not None
    return {
        name: dataclasses.replace(
            model, price_per_million_tokens={}, later_prices_per_million_tokens={}
        )
        for name, model in video.models.items()
    }


def test_a_key_that_is_revoked_in_the_middle_is_said_to_be(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos("four_keys", "revoked")
    sent = mind.send(footage(tmp_path, LARGE), NAME, soon())
    with pytest.raises(ProviderNotConfigured) as refused:
        Analyst(mind).analysed(sent, facts(), Wish(), soon(), lambda stage: None)
    assert refused.value.cost > 0
    assert refused.value.usage["thoughts"] == 210
    with pytest.raises(ProviderNotConfigured):
        mind.remove(NAME, soon())
    assert len(emulator.files()) == 1
    emulator.let_videos("good")  # the key is good again
    mind.remove(NAME, soon())


def test_a_file_that_is_gone_in_the_middle_is_no_wrong_key(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    sent = mind.send(footage(tmp_path, LARGE), NAME, soon())
    file_at(emulator, f"files/{NAME}", "DELETE")
    with pytest.raises(ProviderError) as refused:
        Analyst(mind).analysed(sent, facts(), Wish(), soon(), lambda stage: None)
    assert refused.value.code == "provider_bad_request"


@pytest.mark.parametrize("word", ["drip", "good"])
def test_the_deadline_of_a_question_holds(
    word: str, emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos(word, delay=30.0 if word == "good" else 0.0)
    sent = mind.send(footage(tmp_path), NAME, soon())
    until = soon(1.0)
    with pytest.raises(ProviderTimeout):
        Analyst(mind).analysed(sent, facts(), Wish(), until, lambda stage: None)
    assert time.monotonic() < until + SPARE_SEC


def test_a_model_that_is_silent_is_left_for_the_next_one(
    emulator: GeminiEmulator, tmp_path: Path
) -> None:
    emulator.let_videos("good", delay=1.5)
    mind = watching(emulator, timeout_sec=0.5)
    with pytest.raises(ProviderTimeout):
        analysed(mind, footage(tmp_path))
    assert len(emulator.asked_about_videos()) == 3


def test_a_model_that_thinks_is_not_waited_for_when_the_job_is_cancelled(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos("good", delay=30.0)
    sent = mind.send(footage(tmp_path, LARGE), NAME, soon())
    began = time.monotonic()
    with pytest.raises(JobCancelled):
        Analyst(mind).analysed(
            sent, facts(), Wish(), soon(30), lambda stage: None, Cancelling(after_sec=0.4)
        )
    assert time.monotonic() < began + 0.4 + 2 * SPARE_SEC
    mind.remove(NAME, soon())


def test_the_deadline_holds_at_a_server_that_says_nothing(
    emulator: GeminiEmulator, tmp_path: Path
) -> None:
    for drips in (False, True):
        with Slowpoke(drips=drips) as server:
            mind, until = watching(emulator, url=server.url), soon(0.6)
            with pytest.raises(ProviderError):
                mind.ask(_question(Sent("video/mp4", path=footage(tmp_path).path), until))
            assert time.monotonic() < until + SPARE_SEC


def _question(sent: Sent, deadline: float) -> Question:
    return Question(sent, "You analyse.", [Said(US, "So?")], {"type": "object"}, "", deadline)
