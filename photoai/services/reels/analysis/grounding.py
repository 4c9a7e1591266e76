"""An answer held against what was measured: no time beyond the end, no shot that is not there, no
speech in a video without sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from photoai.errors import Sentence

from .prompt import is_heard

# A subtitle that is shown for less is not read.
SHORTEST_SEGMENT_SEC = 0.1
# Models and measurements round differently.
SLACK_SEC = 0.25
NO_SOUND, TIMES, SHOTS, HOOK = "no_sound", "times_beyond_end", "unknown_shots", "hook_beyond_end"
SHOTS_MISSING, NO_SEGMENTS = "shots_not_described", "no_segments"
WARNINGS: Mapping[str, Sentence] = {
    NO_SOUND: Sentence("The video has no sound: a transcript that was told is left out."),
    TIMES: Sentence("Some times lay outside the video: they were cut or left out."),
    SHOTS: Sentence("Shots were described that the video does not have: they are left out."),
    SHOTS_MISSING: Sentence("Not every shot was described."),
    HOOK: Sentence("The hook was said to end after the video: it ends with it."),
    NO_SEGMENTS: Sentence("The speech came without usable times: there are no subtitles."),
}


def grounded(
    answer: Mapping[str, Any], facts: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answer as the facts allow it, and the words of WARNINGS about what was changed."""
    warnings: list[str] = []
    duration = float(facts["duration_sec"])
    original, segments = dict(answer["original"]), list(answer["segments"])
    if not is_heard(facts):
        if segments or any(original.values()):
            warnings.append(NO_SOUND)
        original, segments = dict.fromkeys(original, ""), []
    if any(_is_outside(each, duration) for each in segments):
        warnings.append(TIMES)
    kept = _in_order(segments, duration)
    if original["transcription"] and not kept:
        warnings.append(NO_SEGMENTS)
    hook = dict(answer["hook"])
    if hook["end_sec"] > duration + SLACK_SEC:
        warnings.append(HOOK)
    hook["end_sec"] = _within(hook["end_sec"], duration)
    shots = _known_shots(answer["shots"], facts.get("shots", ()), warnings)
    made = {**answer, "original": original, "segments": kept, "hook": hook, "shots": shots}
    return made, tuple(warnings)


def _is_outside(segment: Mapping[str, Any], duration: float) -> bool:
    return segment["start_sec"] < -SLACK_SEC or segment["end_sec"] > duration + SLACK_SEC


def _in_order(segments: Sequence[Mapping[str, Any]], duration: float) -> list[dict[str, Any]]:
    """Within the video, one after the other, without those nobody could read."""
    kept: list[dict[str, Any]] = []
    free = 0.0
    for each in sorted(segments, key=lambda segment: float(segment["start_sec"])):
        start = max(_within(each["start_sec"], duration), free)
        end = _within(each["end_sec"], duration)
        if end - start >= SHORTEST_SEGMENT_SEC and (each["text"] or each["translation"]):
            kept.append({**each, "start_sec": start, "end_sec": end})
            free = end
    return kept


def _within(seconds: float, duration: float) -> float:
    return round(min(max(float(seconds), 0.0), duration), 3)


def _known_shots(
    told: Sequence[Mapping[str, Any]],
    measured: Sequence[Mapping[str, Any]],
    warnings: list[str],
) -> list[dict[str, Any]]:
    """One description for a shot, by index."""
    there = {shot["index"] for shot in measured}
    described = {each["index"]: dict(each) for each in reversed(told) if each["description"]}
    if described.keys() - there:
        warnings.append(SHOTS)
    if there - described.keys():
        warnings.append(SHOTS_MISSING)
    return [described[index] for index in sorted(described.keys() & there)]
