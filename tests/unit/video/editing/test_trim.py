"""Parts of videos: which frames, which sound, what is copied."""

from __future__ import annotations

import pytest

from photoai.errors import ClipSoundChanges, EditEndsTooSoon, EditStartsTooLate
from tests.support.clips import Clips, beeps, ffmpeg, times

from .ordering import Studio, counted, counts, op, packets, planned

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
