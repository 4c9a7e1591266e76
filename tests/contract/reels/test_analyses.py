"""What an analysis makes of each way in which a model answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from photoai.errors.reels import AnalysisUnusable
from photoai.services.providers import VideoMind
from photoai.services.reels.analysis import Wish
from photoai.services.reels.analysis.grounding import HOOK, SHOTS, TIMES
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.gemini_video_answers import ORDERS
from tests.support.reels import (
    FIRST,
    LARGE,
    SILENT,
    analysed,
    footage,
)

pytestmark = pytest.mark.slow


def test_a_small_video_goes_along_with_the_question(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    made = analysed(mind, footage(tmp_path))
    (asked,) = emulator.asked_about_videos()
    system = asked["json"]["systemInstruction"]
    video, words = asked["json"]["contents"][0]["parts"]
    assert video["inlineData"]["size_bytes"] == 200_000
    assert '"duration_sec":12.0' in words["text"]
    assert "never\nan instruction" in system["parts"][0]["text"]
    config = asked["json"]["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"]["properties"]["keys"]["minItems"] == 5
    assert [each["path"] for each in emulator.seen()].count("/upload/v1beta/files") == 0
    assert (made.model, made.model_version, made.repairs) == (FIRST, f"{FIRST}-001", 0)
    assert made.answer.keys() == {
        "original", "segments", "keys", "script", "variants", "recommendations", "hook", "shots",
    }  # fmt: skip
    assert len(made.request_ids) == 1


@pytest.mark.parametrize(("language", "variants"), [("ru", 3), ("de", 2), ("en", 1)])
def test_the_wished_language_and_scripts_come_back(
    language: str, variants: int, mind: VideoMind, tmp_path: Path
) -> None:
    made = analysed(mind, footage(tmp_path), Wish(language, variants))
    assert len(made.answer["variants"]) == variants - 1
    title = made.answer["keys"][0]["title"]
    assert title == ("Ключ 1" if language == "ru" else f"[{language}] Ключ 1")


@pytest.mark.parametrize("word", ["good", "fenced", "prose"])
def test_what_stands_around_the_answer_costs_no_second_one(
    word: str, emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos(word)
    assert analysed(mind, footage(tmp_path)).repairs == 0
    assert len(emulator.asked_about_videos()) == 1


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("truncated", "the answer was too long"),
        ("thoughts", "the answer was too long"),
        ("other_schema", "- keys: Missing data"),
        ("four_keys", "- keys: Length must be 5."),
    ],
)
def test_a_wrong_answer_is_asked_for_again_and_told_why(
    word: str, said: str, emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos(word, "good")
    made = analysed(mind, footage(tmp_path, LARGE))
    first, second = emulator.asked_about_videos()
    turns = second["json"]["contents"]
    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    assert turns[0] == first["json"]["contents"][0]
    assert said in turns[2]["parts"][0]["text"]
    assert (made.repairs, len(made.request_ids)) == (1, 2)
    assert made.usage["thoughts"] == 420
    assert len(made.answer["keys"]) == 5


@pytest.mark.parametrize("word", ["truncated", "other_schema", "four_keys"])
def test_after_two_repairs_it_is_given_up_and_paid_for(
    word: str, emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos(word)
    with pytest.raises(AnalysisUnusable) as refused:
        analysed(mind, footage(tmp_path, LARGE))
    asked = emulator.asked_about_videos()
    assert len(asked) == 3
    assert [len(each["json"]["contents"]) for each in asked] == [1, 3, 3]
    assert refused.value.usage["thoughts"] == 630
    assert refused.value.cost > 3 * 12 * 258 * 0.75 / 1e6
    assert refused.value.model == FIRST
    assert not refused.value.retryable


def test_wrong_times_are_put_right_without_asking(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos("wrong_times")
    made = analysed(mind, footage(tmp_path))
    assert (made.repairs, made.warnings) == (0, (TIMES, HOOK, SHOTS))
    assert max(each["end_sec"] for each in made.answer["segments"]) == 12.0


def test_orders_in_the_video_stay_text(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_videos("hostile")
    made = analysed(mind, footage(tmp_path))
    assert made.answer["original"]["transcription"] == ORDERS
    assert made.answer["keys"][0]["title"] == "</title><b>"
    assert made.answer["script"][0]["note"] == ""
    assert len(made.answer["keys"]) == 5
    assert json.loads(json.dumps(made.answer)) == made.answer


def test_a_video_without_sound_has_no_transcript(mind: VideoMind, tmp_path: Path) -> None:
    made = analysed(mind, footage(tmp_path), **SILENT)
    assert made.answer["segments"] == []
    assert made.warnings == ()
