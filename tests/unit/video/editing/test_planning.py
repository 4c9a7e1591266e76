"""What is known of an order before anything is opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from photoai.errors import ClipTooLong, ClipUnreadable
from photoai.services.video.editing import plan_edit
from tests.unit.video.making import facts

from .ordering import op

FRESH = tuple(range(0, 300, 60))


def video(sec: float = 10.0, sound: bool = True, **about: Any) -> dict[str, Any]:
    found = facts(sec, **about).as_json()
    heard = {
        "index": 1, "codec": "aac", "profile": "LC", "sample_rate": 48000, "channels": 2,
        "start_sec": 0.0, "duration_sec": sec,
    }  # fmt: skip
    return _file("video", "video/mp4", {**found, "audio": heard if sound else None})


def image(width: int = 100, height: int = 50) -> dict[str, Any]:
    about = {"width": width, "height": height, "mode": "RGBA", "animated": False}
    return _file("image", "image/png", about)


def music(sec: float | None = 30.0) -> dict[str, Any]:
    return _file("audio", "audio/mpeg", {"duration_sec": sec})


def _file(kind: str, mime: str, about: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": "/nowhere", "kind": kind, "mime": mime, "sha256": "", "name": "", "facts": about,
    }  # fmt: skip


def plan(operations: Sequence[Any], *files: Any, **wishes: Any) -> dict[str, Any]:
    return plan_edit(operations, files, **wishes).as_json()


def short(found: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(found[name] for name in ("mode", "video", "audio", "passes", "duration_sec"))


WORDS = {"texts": [{"content": "Hi"}]}
CUES = {"cues": [{"start_sec": 0.0, "end_sec": 1.0, "text": "Hi"}]}


@pytest.mark.parametrize(
    ("operations", "files", "expected"),
    [
        ([op("audio_overlay", 0, 1)], [video(), music()], ("copy", "copy", "encode", 1, 10.0)),
        (
            [op("audio_overlay", 0, 1, loudness=-14.0)], [video(), music()],
            ("copy", "copy", "encode", 2, 10.0),
        ),
        ([op("text_overlay", 0, **WORDS)], [video()], ("encode", "encode", "copy", 1, 10.0)),
        (
            [op("text_overlay", 0, **WORDS)], [video(sound=False)],
            ("encode", "encode", "none", 1, 10.0),
        ),
        ([op("subtitles", 0, mode="soft", **CUES)], [video()], ("copy", "copy", "copy", 1, 10.0)),
        ([op("video_overlay", 0, 1)], [video(), image()], ("encode", "encode", "copy", 1, 10.0)),
        ([op("trim", 0, start_sec=2.0)], [video(fresh_frames=FRESH)],
         ("copy", "copy", "encode", 1, 8.0)),
        ([op("trim", 0, start_sec=2.5)], [video(fresh_frames=FRESH)],
         ("mixed", "encode", "encode", 1, 7.5)),
        ([op("trim", 0, start_sec=2.5, precise=False)], [video(fresh_frames=FRESH)],
         ("copy", "copy", "copy", 1, 8.0)),
        ([op("trim", 0, start_sec=2.5)], [video(fresh_frames=FRESH, rotation_deg=90)],
         ("encode", "encode", "encode", 1, 7.5)),
        ([op("join", 0, 1)], [video(), video()], ("copy", "copy", "copy", 1, 20.0)),
        ([op("join", 0, 1), op("audio_overlay", 2)], [video(), video(), music()],
         ("copy", "copy", "encode", 2, 20.0)),
        ([op("join", 0, 1), op("text_overlay", **WORDS)], [video(), video()],
         ("encode", "encode", "encode", 1, 20.0)),
        ([op("thumbnail", 0)], [video()], ("look", "none", "none", 0, 0.0)),
        ([op("probe", 0)], [image()], ("look", "none", "none", 0, 0.0)),
    ],
)  # fmt: skip
def test_what_is_copied_and_how_often_it_is_gone_through(
    operations: Any, files: Any, expected: tuple[Any, ...]
) -> None:
    assert short(plan(operations, *files)) == expected


def test_a_plan_says_what_becomes_of_each_file_and_why() -> None:
    order = [op("video_overlay", 0, 1), op("audio_overlay", 2)]
    found = plan(order, video(), video(4.0), music())
    assert found["clips"] == [
        {"index": 0, "action": "encode", "reason": "something is laid over it", "duration_sec": 10},
        {"index": 1, "action": "encode", "reason": "laid over; its sound is not used",
         "duration_sec": 10},
        {"index": 2, "action": "encode", "reason": "sound is added", "duration_sec": 10},
    ]  # fmt: skip
    assert found["canvas"] == {"width": 1920, "height": 1080, "fps": 30.0}
    assert found["encoded_megapixels"] == pytest.approx(300 * 1920 * 1080 / 1e6)


@pytest.mark.parametrize(
    ("about", "canvas"),
    [
        ({"width": 1921, "height": 1081}, (1920, 1080, 30.0)),
        ({"rotation_deg": 90}, (1080, 1920, 30.0)),
        ({"width": 1440, "sar": Fraction(4, 3)}, (1920, 1080, 30.0)),
        ({"fps": Fraction(120)}, (1920, 1080, 60.0)),
        ({"fps": Fraction(24000, 1001)}, (1920, 1080, 23.976)),
    ],
)
def test_the_canvas_is_the_base_as_it_is_seen(about: dict[str, Any], canvas: Any) -> None:
    found = plan([op("text_overlay", 0, **WORDS)], video(**about))["canvas"]
    assert (found["width"], found["height"], found["fps"]) == canvas


def test_a_sound_of_unknown_length_can_be_laid_over() -> None:
    assert plan([op("audio_overlay", 0, 1)], video(), music(None))["duration_sec"] == 10


def test_large_videos_are_joined_before_anything_is_laid_over_all_of_them() -> None:
    order = [op("join", 0, *range(1, 10)), op("text_overlay", **WORDS)]
    small, large = video(), video(width=3840, height=2160)
    assert plan(order, *[small] * 10)["passes"] == 1
    found = plan(order, *[large] * 10)
    assert (found["passes"], found["mode"]) == (2, "encode")
    assert found["encoded_megapixels"] == 2 * 100 * 30 * 1920 * 1080 / 1e6


@pytest.mark.parametrize("start_sec", [0.0, 0.5, 0.52, 1.1, 1.5])
def test_a_second_is_as_long_wherever_it_is_cut_out(start_sec: float) -> None:
    """At 25 frames a second half of the moments lie between two frames."""
    cut = op("trim", 0, start_sec=start_sec, end_sec=start_sec + 1)
    found = plan([cut], video(fps=Fraction(25)))
    assert found["duration_sec"] == 1.0


def test_what_would_be_too_long_is_refused() -> None:
    with pytest.raises(ClipTooLong):
        plan([op("join", 0, 1)], video(), video(), max_duration_sec=15)


def test_facts_of_another_version_are_no_facts() -> None:
    with pytest.raises(ClipUnreadable) as failed:
        plan([op("trim", 0, start_sec=1.0)], _file("video", "video/mp4", {"duration_sec": 3}))
    assert failed.value.details["input_index"] == 0


def test_planning_loads_nothing_heavy() -> None:
    code = (
        "import sys, photoai.services.video.editing;"
        "print([name for name in ('av', 'numpy', 'moviepy', 'fontTools') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
