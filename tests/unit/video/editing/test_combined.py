"""Several edits of one order: as few renderings as can be, each on the result of the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from photoai.errors import EditStartsTooLate, FontUnknown, RenderFailed
from photoai.services.video import ffmpeg as video_ffmpeg
from photoai.services.video.editing import filming
from tests.support.clips import Clips, beeps, color_of, colors, pictures, times

from .ordering import Made, Studio, changes, counted, counts, drawn_png, op, packets, planned

pytestmark = pytest.mark.slow
RED = (255, 0, 0)
FIT = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0")


def runs(made: Made) -> list[str]:
    return [each["operation"] for each in made.told.operations]


def words(content: str, **more: Any) -> dict[str, Any]:
    return {"texts": [{"content": content, **more}]}


def test_a_cut_a_text_a_picture_and_sound_in_one_pass(
    clips: Clips, studio: Studio, tmp_path: Path
) -> None:
    base, other = clips.make("blue", sec=3, beep_at=1.5), clips.make("lime", beep_at=0.2)
    logo = drawn_png(tmp_path, (40, 20), RED)
    order = [
        op("trim", 0, start_sec=1.0, end_sec=2.6),
        op("video_overlay", 2, start_sec=0.2, end_sec=0.4),
        op("text_overlay", **words("Hi", size=60, start_sec=0.8, anchor="bottom")),
        op("audio_overlay", 1, offset_sec=0.8),
    ]
    made = studio.make(order, base, other, logo)
    assert runs(made) == ["render"]
    assert made.facts["passes"] == planned(order, base, other, logo)["passes"] == 1
    assert changes(made.path, lambda picture: color_of(picture[10, 10]) == "red") == [5, 10]
    assert changes(made.path, lambda picture: bool((picture.min(2) > 200).any())) == [20]
    assert beeps(made.path) == pytest.approx([0.5, 1.0], abs=0.003)
    assert len(pictures(made.path)) == 40


def test_a_film_is_one_of_the_cuts_of_a_join(clips: Clips, studio: Studio, tmp_path: Path) -> None:
    base, other = clips.make("blue", size="320x240"), clips.make("lime", beep_at=0.2, fps="30")
    logo = drawn_png(tmp_path, (320, 240), RED)
    order = [
        op("video_overlay", 0, 1, start_sec=0.48),
        op("join", 2, transition="crossfade", transition_sec=0.2, aspect_ratio="4:3"),
        op("text_overlay", **words("Hi", size=200, start_sec=1.2)),
    ]
    made = studio.make(order, base, logo, other, quality="low")
    assert runs(made) == ["render"]
    assert (made.facts["width"], made.facts["height"]) == (1440, 1080)
    seen = [color_of(picture[200, 700]) for picture in pictures(made.path)]
    assert (seen[2], seen[20], seen[-3]) == ("blue", "red", "lime")
    assert made.facts["duration_sec"] == pytest.approx(1.8, abs=0.04)
    assert beeps(made.path) == pytest.approx([0.4, 1.0], abs=0.02)


def test_a_join_whose_picture_nobody_touches_is_a_merge(clips: Clips, studio: Studio) -> None:
    hd = {"size": "1920x1080", "sec": 0.4, "video": FIT}
    parts = [clips.make(color, beep_at=0.1, **hd) for color in ("red", "lime")]
    order = [op("join", 0, 1), op("audio_overlay", 2, mode="replace", offset_sec=0.4)]
    made = studio.make(order, *parts, parts[0])
    assert colors(made.path) == ["red", "lime"]
    assert beeps(made.path) == [pytest.approx(0.5, abs=0.003)]
    assert (made.facts["mode"], made.facts["encoded_megapixels"]) == ("copy", 0.0)
    assert "render" not in runs(made)


def test_a_join_alone_is_a_merge(clips: Clips, studio: Studio) -> None:
    parts = [clips.make(color, sec=0.4, beep_at=0.1) for color in ("red", "lime")]
    order = [op("join", 0, 1, background="#ff0000", aspect_ratio="1:1")]
    made = studio.make(order, *parts, quality="low")
    again = studio.make(order, *parts, quality="low")
    assert (runs(made), runs(again)) == (["render", "render", "join"], ["join"])
    assert (made.facts["width"], made.facts["mode"]) == (1080, "encode")
    assert [clip["index"] for clip in made.facts["clips"]] == [0, 1]
    assert planned(order, *parts)["clips"] == made.facts["clips"]


def test_a_cut_is_copied_before_sound_is_laid_over(clips: Clips, studio: Studio) -> None:
    path = clips.make("testsrc2", sec=3, options=("-g", "25"))
    order = [op("trim", 0, start_sec=1.0), op("audio_overlay", 1, mode="replace")]
    made = studio.make(order, path, clips.make("red", beep_at=0.3))
    assert packets(made.path, "video")[1:] == packets(path, "video")[26:]
    assert beeps(made.path) == [pytest.approx(0.3, abs=0.003)]


def test_cuts_of_cuts(clips: Clips, studio: Studio) -> None:
    path = counted(clips, beep_at=1.5)
    order = [
        op("trim", 0, start_sec=0.4), op("trim", start_sec=0.4, end_sec=2.0),
        op("text_overlay", **words(" ")), op("trim", start_sec=0.2),
    ]  # fmt: skip
    made = studio.make(order, path)
    assert counts(made.path) == list(range(25, 60))
    assert beeps(made.path) == [pytest.approx(0.5, abs=0.003)]


@pytest.mark.parametrize(
    "wishes",
    [
        {"size": "321x181", "video": ("-c:v", "libx264", "-pix_fmt", "yuv444p")},
        {"fps": "30000/1001"},
        {"suffix": "mkv"},
        {"suffix": "ts"},
        {"suffix": "avi", "video": ("-c:v", "mpeg4"), "sound": ("-c:a", "libmp3lame")},
        {"suffix": "mov", "sound": ("-c:a", "pcm_s16le")},
        {"filters": "setsar=2"},
        {"beep_at": None},
    ],
    ids=str,
)
def test_clips_of_all_sorts(
    clips: Clips, studio: Studio, tmp_path: Path, wishes: dict[str, Any]
) -> None:
    path = clips.make("blue", **wishes)
    logo = drawn_png(tmp_path, (40, 20), RED)
    made = studio.make([op("video_overlay", 0, 1)], path, logo)
    assert colors(made.path) == ["blue"]
    assert color_of(pictures(made.path)[0][5, 5]) == "red"
    if wishes.get("beep_at", True):
        (heard,) = beeps(path)
        assert beeps(made.path) == [pytest.approx(heard - float(times(path)[0]), abs=0.003)]


@pytest.mark.parametrize("make", ["turned", "unsteady", "hdr"])
def test_clips_that_need_more(clips: Clips, studio: Studio, tmp_path: Path, make: str) -> None:
    path = {
        "turned": lambda: clips.turned(clips.make("blue"), 90),
        "unsteady": clips.unsteady,
        "hdr": lambda: clips.hdr("blue"),
    }[make]()
    made = studio.make([op("video_overlay", 0, 1)], path, drawn_png(tmp_path, (40, 20), RED))
    wide = (made.facts["width"], made.facts["height"])
    assert wide == ((180, 320) if make == "turned" else (320, 180))
    assert color_of(pictures(made.path)[0][5, 5]) == "red"
    begins = float(times(path)[0])
    assert beeps(made.path) == [pytest.approx(0.4 - begins, abs=0.003)]


def test_fifty_operations_in_bounded_memory(clips: Clips, studio: Studio, tmp_path: Path) -> None:
    other = clips.make("red", size="640x360", sec=0.4, beep_at=0.1)
    order = [
        op("video_overlay", *([0, 1] if at == 0 else [1]), x=6 * at, y=0, scale=0.02)
        for at in range(49)
    ]
    order.append(op("text_overlay", **words("Hi")))
    base = clips.make("blue", sec=0.4, beep_at=0.2)
    made = studio.make(order, base, other)
    turns = planned(order, base, other)["passes"]
    assert runs(made) == ["render"] * turns
    assert turns == -(-50 // filming.MOST_AT_ONCE)
    last = pictures(made.path)[-1]
    assert [color_of(last[1, 6 * at + 2]) for at in (0, 24, 48)] == ["red"] * 3
    assert beeps(made.path) == [pytest.approx(0.2, abs=0.003)]


def test_texts_stand_before_and_behind_what_is_made_on_the_way(
    clips: Clips, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filming, "MOST_AT_ONCE", 2)
    other = clips.make("red", size="640x360", sec=0.4, beep_at=0.1)
    order: list[Any] = [op("text_overlay", 0, **words("A", size=60, anchor="top-right"))]
    for at in range(3):
        order += [op("video_overlay", 1, x=10 + 40 * at, y=150, scale=0.05),
                  op("text_overlay", **words("B", size=40, anchor="top-left"))]  # fmt: skip
    made = studio.make(order, clips.make("blue", sec=0.4), other)
    assert len(runs(made)) > 2
    last = pictures(made.path)[-1]
    assert [color_of(last[154, 14 + 40 * at]) for at in range(3)] == ["red"] * 3
    white = last.min(2) > 200
    assert white[:60, 240:].any()
    assert white[:60, :80].any()


def test_who_is_to_blame_is_named(clips: Clips, studio: Studio) -> None:
    path = clips.make("red")
    order = [op("trim", 0, start_sec=0.2), op("text_overlay", **words("A", font="Nobody"))]
    with pytest.raises(FontUnknown) as unknown:
        studio.make(order, path)
    assert unknown.value.details["operation_index"] == 1
    order = [op("text_overlay", 0, **words("A")), op("trim", start_sec=1.0)]
    with pytest.raises(EditStartsTooLate) as late:
        planned(order, path)
    assert late.value.details["operation_index"] == 1


def test_what_ffmpeg_said_is_told_of_what_went_well_too(clips: Clips, studio: Studio) -> None:
    studio.make([op("text_overlay", 0, **words("A"))], clips.make("testsrc2"))
    (run,) = studio.told.operations
    assert (run["success"], run["exit_code"]) == (True, 0)
    assert "Stream mapping" in run["words"] or "libx264" in run["words"]
    assert "kb/s" in run["words"]
    assert str(studio.folder) not in run["words"]
    assert "/tmp" not in run["words"]


def test_a_run_that_fails_is_told_before_the_error(
    clips: Clips, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = video_ffmpeg.run
    gone = studio.folder / "gone.mp4"
    gone.write_bytes(clips.make("testsrc2").read_bytes())

    def vanishing(*arguments: Any, **wishes: Any) -> Any:
        gone.unlink(missing_ok=True)
        return real(*arguments, **wishes)

    monkeypatch.setattr(video_ffmpeg, "run", vanishing)
    with pytest.raises(RenderFailed):
        studio.make([op("text_overlay", 0, **words("A"))], gone)
    (run,) = studio.told.operations
    assert (run["success"], run["operation"]) == (False, "render")
    assert "No such file" in run["words"]
    assert str(studio.folder) not in run["words"]
