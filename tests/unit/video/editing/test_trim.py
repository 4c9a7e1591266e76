"""Parts of videos: which frames, which sound, what is copied."""

from __future__ import annotations

import importlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from photoai.errors import ClipSoundChanges, EditEndsTooSoon, EditStartsTooLate
from tests.support.clips import BT709, Clips, beeps, color_of, ffmpeg, pictures, times

from .ordering import COUNTED, Studio, counted, counts, op, packets, planned

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("start_sec", "end_sec", "mode"),
    [(0.4, 2.6, "mixed"), (1.0, 3.0, "copy"), (0.52, 0.8, "encode"), (0.36, None, "mixed")],
)
def test_a_precise_one_has_just_the_frames_asked_for(
    clips: Clips, studio: Studio, start_sec: float, end_sec: float | None, mode: str
) -> None:
    path = counted(clips, beep_at=1.5)
    order = [op("trim", 0, start_sec=start_sec, end_sec=end_sec)]
    made = studio.make(order, path)
    assert counts(made.path) == list(range(round(start_sec * 25), round((end_sec or 3) * 25)))
    assert made.facts["mode"] == planned(order, path)["mode"] == mode
    assert made.facts["duration_sec"] == pytest.approx((end_sec or 3) - start_sec)
    if start_sec < 1.5 < (end_sec or 3):
        assert beeps(made.path) == [pytest.approx(1.5 - start_sec, abs=0.003)]


def test_what_lies_between_fresh_frames_is_copied(clips: Clips, studio: Studio) -> None:
    path = clips.make("testsrc2", sec=4, options=("-g", "25", "-bf", "2"))
    made = studio.make([op("trim", 0, start_sec=0.6, end_sec=3.4)], path)
    source, result = packets(path, "video"), packets(made.path, "video")
    # Before keyframes stand parameter sets, because what was encoded has others.
    assert {*source[26:50], *source[51:75]} <= set(result)
    assert not {*source[:25], *source[75:]} & set(result)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_one_that_is_not_precise_copies_from_the_keyframe_on(
    clips: Clips, studio: Studio, suffix: str
) -> None:
    path = counted(clips, beep_at=1.5, suffix=suffix)
    order = [op("trim", 0, start_sec=1.4, end_sec=2.2, precise=False)]
    made = studio.make(order, path)
    shown = counts(made.path)
    assert shown == list(range(25, 25 + len(shown)))
    assert 55 <= 25 + len(shown) <= 58
    assert times(made.path)[0] == 0
    assert beeps(made.path) == [pytest.approx(0.5, abs=0.003)]
    assert (made.facts["mode"], made.facts["audio"]) == ("copy", "copy")
    assert not made.told.operations
    if suffix == "mp4":
        assert set(packets(made.path, "video")) <= set(packets(path, "video"))
        assert set(packets(made.path, "audio")) <= set(packets(path, "audio"))


OF_HEVC = "log-level=error:scenecut=0:keyint=25:min-keyint=25:open-gop="


@pytest.mark.parametrize("options", [("-c:v", "libx265", "-x265-params", OF_HEVC + "0"),
                                     ("-c:v", "libx265", "-x265-params", OF_HEVC + "1"),
                                     ("-c:v", "libvpx-vp9", "-deadline", "realtime")],
                         ids=["hevc", "open", "vp9"])  # fmt: skip
def test_it_begins_at_the_keyframe_before_whoever_encoded_it(
    clips: Clips, studio: Studio, options: tuple[str, ...]
) -> None:
    path = studio.folder / "coded.mp4"
    ffmpeg("-i", counted(clips, beep_at=1.5), *options, "-g", "25", "-keyint_min", "25", path)
    made = studio.make([op("trim", 0, start_sec=2.2, precise=False)], path)
    assert (made.facts["mode"], counts(made.path)) == ("copy", list(range(50, 75)))
    part = studio.make([op("trim", 0, start_sec=1.3, end_sec=2.2, precise=False)], path)
    shown = counts(part.path)
    assert shown == list(range(25, 25 + len(shown)))
    assert 55 <= 25 + len(shown) <= 65
    assert beeps(part.path) == [pytest.approx(0.5, abs=0.003)]
    with av.open(str(made.path)) as file:
        assert file.streams.video[0].codec_context.codec_tag in ("hvc1", "vp09")


def test_of_a_long_clip_it_begins_at_the_keyframe_before_in_its_middle_too(
    clips: Clips, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("facts", "probe"):
        whole = importlib.import_module(f"photoai.services.video.{module}")
        monkeypatch.setattr(whole, "MOST_FRESH", 2)
    path = counted(clips, gop=5)
    made = studio.make([op("trim", 0, start_sec=1.7, end_sec=2.0, precise=False)], path)
    assert counts(made.path)[0] == 40


def test_of_a_single_gop_all_is_copied(clips: Clips, studio: Studio) -> None:
    path = counted(clips, gop=250)
    order = [op("trim", 0, start_sec=1.4, precise=False)]
    made = studio.make(order, path)
    assert made.facts["mode"] == planned(order, path)["mode"] == "copy"
    assert counts(made.path) == list(range(75))


def test_behind_others_it_is_precise(clips: Clips, studio: Studio) -> None:
    words = [{"start_sec": 0.0, "end_sec": 3.0, "text": "a"}]
    order = [op("subtitles", 0, cues=words, mode="soft"),
             op("trim", start_sec=1.4, end_sec=2.2, precise=False)]  # fmt: skip
    made = studio.make(order, counted(clips))
    assert made.facts["duration_sec"] == planned(order, counted(clips))["duration_sec"]
    assert counts(made.path) == list(range(35, 55))


def test_a_picture_shown_for_long_is_there_where_the_cut_begins(
    clips: Clips, studio: Studio, tmp_path: Path
) -> None:
    """A slide show of a picture every five seconds."""
    for number, color in enumerate(("red", "lime", "blue")):
        Image.new("RGB", (320, 180), color).save(tmp_path / f"{number}.png")
    path = tmp_path / "slides.mp4"
    ffmpeg("-framerate", "1/5", "-i", tmp_path / "%d.png", "-pix_fmt", "yuv420p", path)
    made = studio.make([op("trim", 0, start_sec=3.0, end_sec=9.0)], path)
    seen = [color_of(picture[90, 160]) for picture in pictures(made.path)]
    assert (seen[0], seen[-1]) == ("red", "lime")
    look = studio.make([op("thumbnail", 0, at_sec=4.5)], path)
    with Image.open(look.path) as picture:
        assert color_of(np.asarray(picture.convert("RGB"))[90, 160]) == "red"


def test_a_transport_stream_is_cut_where_it_was_asked_to_within_a_long_gop(
    clips: Clips, studio: Studio
) -> None:
    again = COUNTED.replace("*N", "*mod(N,110)")
    path = clips.make("black", sec=14, size="160x90", filters=f"{again},{BT709}",
                      options=("-g", "250", "-keyint_min", "250", "-sc_threshold", "0"),
                      suffix="ts")  # fmt: skip
    made = studio.make([op("trim", 0, start_sec=8.4, end_sec=8.8)], path)
    assert counts(made.path) == list(range(100, 110))
    look = studio.make([op("thumbnail", 0, at_sec=8.4)], path)
    assert look.facts["width"] == 160
    with Image.open(look.path) as picture:
        assert np.asarray(picture.convert("L")).mean() == pytest.approx(200 * 255 / 219, abs=4)


def test_what_has_to_be_encoded_begins_where_it_was_asked_to(clips: Clips, studio: Studio) -> None:
    path = counted(clips, beep_at=1.5)
    other = path.with_suffix(".webm")
    ffmpeg("-i", path, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", other)
    order = [op("trim", 0, start_sec=1.0, end_sec=2.0, precise=False)]
    made = studio.make(order, other)
    assert made.facts["mode"] == planned(order, other)["mode"] == "encode"
    assert made.facts["duration_sec"] == pytest.approx(1.0)
    assert beeps(made.path) == [pytest.approx(0.5, abs=0.01)]


def test_the_sound_of_a_copy_is_in_sync_where_it_began_late(clips: Clips, studio: Studio) -> None:
    path = counted(clips, beep_at=1.5)
    late = path.with_name("late-sound.mp4")
    ffmpeg("-i", path, "-itsoffset", "0.3", "-i", path, "-map", "0:v", "-map", "1:a", "-c", "copy",
           late)  # fmt: skip
    for precise in (True, False):
        made = studio.make([op("trim", 0, start_sec=1.0, precise=precise)], late)
        assert beeps(made.path) == [pytest.approx(0.8, abs=0.003)]


def test_a_clip_that_begins_with_hidden_frames(clips: Clips, studio: Studio) -> None:
    path = counted(clips)
    hidden = path.with_name("hidden.mp4")
    ffmpeg("-ss", "0.4", "-i", path, "-c", "copy", hidden)
    shown = counts(hidden)
    for precise in (True, False):
        made = studio.make([op("trim", 0, end_sec=1.2, precise=precise)], hidden)
        assert counts(made.path)[:30] == shown[:30]


def test_a_silent_one_stays_silent(clips: Clips, studio: Studio) -> None:
    made = studio.make([op("trim", 0, start_sec=0.4)], counted(clips, beep_at=None))
    assert (made.facts["audio"], made.facts["mode"]) == ("none", "mixed")
    assert counts(made.path) == list(range(10, 75))


def test_all_of_it_is_copied(clips: Clips, studio: Studio) -> None:
    path = counted(clips)
    made = studio.make([op("trim", 0, start_sec=0.0, end_sec=99.0)], path)
    assert (made.facts["video"], made.facts["audio"]) == ("copy", "copy")
    assert packets(made.path, "video") == packets(path, "video")


def test_what_is_not_there_is_refused_before_anything_runs(clips: Clips) -> None:
    path = counted(clips)
    with pytest.raises(EditEndsTooSoon):
        planned([op("trim", 0, start_sec=2.0, end_sec=1.0)], path)
    with pytest.raises(EditStartsTooLate) as failed:
        planned([op("trim", 0, start_sec=3.0)], path)
    assert failed.value.details == {"start_sec": 3.0, "duration_sec": 3.0}


def test_sound_whose_channels_change_is_named(clips: Clips, studio: Studio) -> None:
    with pytest.raises(ClipSoundChanges) as failed:
        studio.make([op("trim", 0, start_sec=0.5, end_sec=3.5)], clips.of_television())
    assert failed.value.details == {"input_index": 0}
