"""An answer is held against what was measured."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from photoai.services.reels.analysis.grounding import (
    HOOK,
    NO_SEGMENTS,
    NO_SOUND,
    SHOTS,
    SHOTS_MISSING,
    TIMES,
    WARNINGS,
    grounded,
)
from tests.emulators.gemini_video_answers import good, wrong_times
from tests.support.reels import SILENT, facts

FACTS = {**facts(), "target_language": "ru", "scripts": 1}
MUTE = {**FACTS, "loudness": {"integrated_lufs": None, "every_sec": 0.5, "curve_lufs": [None] * 24}}
times = st.floats(-5, 30, allow_nan=False)


def segment(start: float, end: float, text: str = "so") -> dict[str, Any]:
    return {"start_sec": start, "end_sec": end, "text": text, "translation": "да"}


def test_what_fits_stays_as_it_is() -> None:
    answer = good(FACTS)
    assert grounded(answer, FACTS) == (answer, ())


def test_times_are_brought_into_the_video() -> None:
    made, warnings = grounded(wrong_times(FACTS), FACTS)
    spans = [(each["start_sec"], each["end_sec"], each["text"]) for each in made["segments"]]
    assert spans == [(0.0, 7.2, "first"), (7.2, 10.8, "second"), (11.4, 12.0, "third")]
    assert made["hook"]["end_sec"] == 12.0
    assert [each["index"] for each in made["shots"]] == [0, 1, 2]
    assert warnings == (TIMES, HOOK, SHOTS)


def test_without_sound_nobody_has_spoken() -> None:
    for silent in ({**FACTS, **SILENT}, MUTE):
        made, warnings = grounded(good(FACTS), silent)
        assert made["segments"] == []
        assert made["original"] == {"language": "", "transcription": "", "translation": ""}
        assert warnings == (NO_SOUND,)
        assert grounded(made, silent)[1] == ()


def test_empty_segments_are_left_out_and_the_loss_is_told() -> None:
    answer = {**good(FACTS), "segments": [segment(1, 1), segment(20, 25), segment(3, 5, "")]}
    answer["segments"][2]["translation"] = ""
    made, warnings = grounded(answer, FACTS)
    assert made["segments"] == []
    assert made["original"]["transcription"]
    assert warnings == (TIMES, NO_SEGMENTS)


def test_a_shot_has_one_description_and_a_missing_one_is_told() -> None:
    answer = good(FACTS)
    answer["shots"] = [
        {"index": 2, "description": "two"},
        {"index": 0, "description": "nought"},
        {"index": 0, "description": "again"},
        {"index": 1, "description": ""},
    ]
    made, warnings = grounded(answer, FACTS)
    assert [each["description"] for each in made["shots"]] == ["nought", "two"]
    assert warnings == (SHOTS_MISSING,)


def test_every_warning_has_a_sentence() -> None:
    words = {NO_SOUND, TIMES, SHOTS, SHOTS_MISSING, HOOK, NO_SEGMENTS}
    assert WARNINGS.keys() == words
    assert all(sentence.endswith(".") for sentence in WARNINGS.values())


@given(st.lists(st.tuples(times, times), max_size=20), st.floats(0.04, 20))
def test_segments_follow_each_other_within_the_video(
    spans: list[tuple[float, float]], duration: float
) -> None:
    answer = {**good(FACTS), "segments": [segment(start, end) for start, end in spans]}
    made, _ = grounded(answer, {**FACTS, "duration_sec": duration})
    end = 0.0
    for each in made["segments"]:
        assert end <= each["start_sec"] < each["end_sec"] <= duration + 0.001
        end = each["end_sec"]
