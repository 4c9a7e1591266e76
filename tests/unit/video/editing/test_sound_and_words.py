"""Sound, texts and subtitles: what they add, and what stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from photoai.errors import (
    EditFileUnfit,
    EditFileWithoutSound,
    FontUnknown,
    SoundBeyondEnd,
    TextTimeInvalid,
)
from tests.support.clips import Clips, beeping, beeps, ffmpeg, pictures, samples

from .ordering import Studio, changes, op, packets, planned

pytestmark = pytest.mark.slow
SRT = "1\n00:00:00,520 --> 00:00:01,200\nHello there\n"


@pytest.fixture
def beep(tmp_path: Path) -> Path:
    """A second of sound with a beep at 0.2."""
    path = tmp_path / "beep.mp3"
    ffmpeg("-f", "lavfi", "-i", beeping(0.2, 1.0), "-b:a", "128k", path)
    return path


@pytest.fixture
def subtitles(tmp_path: Path) -> Path:
    path = tmp_path / "words.srt"
    path.write_text(SRT)
    return path


def text(content: str, **more: Any) -> dict[str, Any]:
    return {"content": content, **more}


def is_written_on(picture: np.ndarray) -> bool:
    return bool((picture.min(2) > 200).any())


@pytest.mark.parametrize(
    ("config", "heard"),
    [
        ({"offset_sec": 1.0}, [0.4, 1.2]),
        ({"mode": "replace"}, [0.2]),
        ({"loop": True, "mode": "replace"}, [0.2, 1.2]),
    ],
)
def test_sound_is_laid_over_and_the_picture_is_copied(
    clips: Clips, studio: Studio, beep: Path, config: dict[str, Any], heard: list[float]
) -> None:
    path = clips.make("testsrc2", sec=2)
    made = studio.make([op("audio_overlay", 0, 1, **config)], path, beep)
    assert beeps(made.path) == pytest.approx(heard, abs=0.003)
    assert packets(made.path, "video") == packets(path, "video")
    assert made.facts["duration_sec"] == 2.0
    assert len(samples(made.path)) == pytest.approx(2 * 48000, abs=1024)
    assert [each["operation"] for each in made.told.operations] == ["mux"]


def test_a_silent_video_gets_the_sound_of_another_video(clips: Clips, studio: Studio) -> None:
    silent, other = clips.make("red", beep_at=None), clips.make("blue", beep_at=0.7)
    made = studio.make([op("audio_overlay", 0, 1)], silent, other)
    assert beeps(made.path) == [pytest.approx(0.7, abs=0.003)]
    assert packets(made.path, "video") == packets(silent, "video")


@pytest.mark.parametrize("suffix", ["mkv", "ts", "flv"])
def test_the_picture_of_other_containers_is_copied_in_sync(
    clips: Clips, studio: Studio, beep: Path, suffix: str
) -> None:
    path = clips.make("testsrc2", sec=2, suffix=suffix)
    made = studio.make([op("audio_overlay", 0, 1, offset_sec=1.0)], path, beep)
    assert beeps(made.path) == pytest.approx([0.4, 1.2], abs=0.003)
    assert made.facts["video"] == "copy"
    shown = zip(pictures(made.path), pictures(path), strict=True)
    assert all((one == other).all() for one, other in shown)


def test_a_picture_that_no_mp4_can_hold_is_encoded(
    clips: Clips, studio: Studio, beep: Path
) -> None:
    path = clips.make("red", suffix="webm", video=("-c:v", "libvpx"), sound=("-c:a", "libvorbis"))
    order = [op("audio_overlay", 0, 1)]
    assert planned(order, path, beep)["clips"][0]["reason"] == "codec vp8"
    made = studio.make(order, path, beep)
    assert (made.facts["video"], made.facts["audio"]) == ("encode", "encode")


def test_a_turned_video_stays_turned(clips: Clips, studio: Studio, beep: Path) -> None:
    path = clips.turned(clips.make("testsrc2"), 90)
    made = studio.make([op("audio_overlay", 0, 1)], path, beep)
    assert (made.facts["width"], made.facts["height"]) == (180, 320)
    with av.open(str(made.path)) as video:
        assert round(next(video.decode(video=0)).rotation) == 90
    assert made.poster is not None
    assert made.poster.stat().st_size > 500


def test_loudness_is_measured_once_and_reached(clips: Clips, studio: Studio, beep: Path) -> None:
    path = clips.make("red", sec=2)
    made = studio.make([op("audio_overlay", 0, 1, loudness=-20.0)], path, beep)
    said = ffmpeg("-i", made.path, "-af", "ebur128", "-f", "null", "-").rpartition("Summary")[2]
    found = float(said.split("I:")[1].split()[0])
    assert found == pytest.approx(-20.0, abs=0.7)
    (level,) = made.facts["loudness"]
    assert level["target_lufs"] == -20.0
    assert made.told.operations[0]["operation"] == "measure"
    assert "measuring" in made.told.stages
    assert packets(made.path, "video") == packets(path, "video")


def test_sound_that_cannot_be_laid_over_is_refused(clips: Clips, beep: Path) -> None:
    path, silent = clips.make("red"), clips.make("blue", beep_at=None)
    with pytest.raises(SoundBeyondEnd):
        planned([op("audio_overlay", 0, 1, offset_sec=1.0)], path, beep)
    with pytest.raises(EditFileWithoutSound) as failed:
        planned([op("audio_overlay", 0, 1)], path, silent)
    assert failed.value.details["input_index"] == 1
    with pytest.raises(EditFileUnfit):
        planned([op("audio_overlay", 0, 1)], beep, path)


def test_a_text_is_seen_in_its_time_and_the_sound_is_copied(clips: Clips, studio: Studio) -> None:
    path = clips.make("black", sec=2)
    order = [op("text_overlay", 0, texts=[text("Hi", start_sec=0.52, end_sec=1.2, size=60)])]
    made = studio.make(order, path)
    assert changes(made.path, is_written_on) == [13, 30]
    assert packets(made.path, "audio") == packets(path, "audio")


def test_texts_stand_at_their_places_whatever_is_written(clips: Clips, studio: Studio) -> None:
    """Nothing of it is anything but text."""
    nasty = "'; [x]:{\\pos(1,1)}%{n}\\N"
    texts = [text(nasty, size=20, anchor="top-left", x=10, y=10), text("B", size=60)]
    made = studio.make([op("text_overlay", 0, texts=texts)], clips.make("black", sec=0.2))
    last = pictures(made.path)[-1].min(2) > 200
    assert last[:45, 10:].any()
    assert not last[45:100].any()
    assert last[100:, 100:220].any()


def test_texts_of_several_operations_are_drawn_at_once(clips: Clips, studio: Studio) -> None:
    order = [op("text_overlay", 0, texts=[text("A", anchor="top-left", size=60)])]
    order += [op("text_overlay", texts=[text("B", anchor="bottom-right", size=60)])]
    made = studio.make(order, clips.make("black", sec=0.2))
    last = pictures(made.path)[-1].min(2) > 200
    assert last[:90, :160].any()
    assert last[90:, 160:].any()
    assert len(list(made.path.parent.rglob("*.ass"))) == 1


def test_texts_that_cannot_be_drawn_are_refused(clips: Clips) -> None:
    path = clips.make("red")
    with pytest.raises(FontUnknown) as failed:
        planned([op("text_overlay", 0, texts=[text("A"), text("B", font="Nobody")])], path)
    assert failed.value.details["text_index"] == 1
    assert "Noto Sans" in failed.value.details["fonts"]
    with pytest.raises(TextTimeInvalid):
        planned([op("text_overlay", 0, texts=[text("A", start_sec=1.0)])], path)


def test_subtitles_are_burned(clips: Clips, studio: Studio, subtitles: Path) -> None:
    path = clips.make("black", sec=2)
    made = studio.make([op("subtitles", 0, 1)], path, subtitles)
    assert changes(made.path, is_written_on) == [13, 30]
    assert packets(made.path, "audio") == packets(path, "audio")


@pytest.mark.parametrize("style", ["karaoke", "highlight", "word_by_word"])
def test_subtitles_given_as_cues_in_other_styles(clips: Clips, studio: Studio, style: str) -> None:
    cues = [{"start_sec": 0.52, "end_sec": 1.2, "text": "Hello there"}]
    made = studio.make(
        [op("subtitles", 0, cues=cues, style=style, color="#ffffff")], clips.make("black", sec=2)
    )
    seen = changes(made.path, lambda picture: bool((picture.max(2) > 200).any()))
    assert (seen[0], seen[-1]) == (13, 30)


def test_soft_subtitles_leave_everything_as_it_is(
    clips: Clips, studio: Studio, subtitles: Path
) -> None:
    path = clips.make("testsrc2", sec=2)
    order = [op("subtitles", 0, 1, mode="soft", language="rus")]
    made = studio.make(order, path, subtitles)
    for kind in ("video", "audio"):
        assert packets(made.path, kind) == packets(path, kind)
    with av.open(str(made.path)) as video:
        (track,) = video.streams.subtitles
        assert track.codec_context.name == "mov_text"
        assert track.metadata["language"] == "rus"
        said = [each for each in video.demux(track) if bytes(each)[2:]]
        assert [bytes(each)[2:].decode() for each in said] == ["Hello there"]
        assert float(said[0].pts * track.time_base) == pytest.approx(0.52, abs=0.002)
    assert made.facts["mode"] == "copy"


def test_soft_subtitles_are_cut_with_the_video(
    clips: Clips, studio: Studio, subtitles: Path
) -> None:
    order = [op("subtitles", 0, 1, mode="soft"), op("trim", start_sec=0.4)]
    made = studio.make(order, clips.make("testsrc2", sec=2), subtitles)
    with av.open(str(made.path)) as video:
        track = video.streams.subtitles[0]
        said = [each for each in video.demux(track) if bytes(each)[2:]]
        assert float(said[0].pts * track.time_base) == pytest.approx(0.12, abs=0.002)


@pytest.mark.parametrize("first", [[], [op("trim", end_sec=1.0)]])
def test_soft_subtitles_end_before_what_is_joined_to_their_video(
    clips: Clips, studio: Studio, subtitles: Path, first: list[Any]
) -> None:
    """Of the cue from 0.52 to 1.2 it is what comes before the second one."""
    order = [op("subtitles", 0, 1, mode="soft"), *first, op("join", 2, quality="low")]
    base, other = clips.make("red", sec=2 if first else 1), clips.make("lime", sec=1)
    made = studio.make(order, base, subtitles, other)
    with av.open(str(made.path)) as video:
        track = video.streams.subtitles[0]
        (said,) = [each for each in video.demux(track) if bytes(each)[2:]]
        assert float(said.duration * track.time_base) == pytest.approx(0.48, abs=0.005)
