"""A conversion from its file to what was wished."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from photoai.errors import (
    ClipTooLong,
    ClipTooManyPixels,
    ClipWithoutVideo,
    ConversionTooLarge,
    ConversionTooManyFrames,
    EditFileUnfit,
    NotInTime,
    RenderOutOfRoom,
)
from photoai.services.ascii import Artist, Grid, Look
from photoai.services.ascii.converting import Source, frames
from photoai.services.video import ClipLimits, probe
from tests.support.clips import BT709, Clips, beeps, ffmpeg, pictures, times
from tests.support.converting import Converter, shade, uploaded
from tests.support.family import encoders
from tests.support.scarcity import small_files

pytestmark = pytest.mark.slow

GREEN, BLACK = (0, 255, 0), (0, 0, 0)
FLASH = f"drawbox=w=iw:h=ih:color=white:t=fill:enable='between(t,0.39,0.51)',{BT709}"


def told_of(path: Path) -> Any:
    return probe(path, ClipLimits(1 << 30))


def packets(path: Path) -> list[bytes]:
    """Of the sound."""
    with av.open(str(path)) as clip:
        return [bytes(each) for each in clip.demux(audio=0) if each.size]


# The MP4


def test_a_video_of_the_same_size_length_and_rate(converted: Converter, clips: Clips) -> None:
    made = converted(clips.make("testsrc2", fps="30000/1001", sec=1.0), "mp4")
    facts = told_of(made.path("mp4"))
    assert (made["frames"], made["fps"], made["has_sound"]) == (30, "30000/1001", True)
    assert (made["width"], made["height"], made["columns"], made["rows"]) == (320, 180, 40, 11)
    assert (facts.video.codec, facts.video.pix_fmt) == ("h264", "yuv420p")
    assert (facts.video.width, facts.video.height, facts.video.sar) == (320, 180, 1)
    assert (facts.video.frames, facts.video.constant_rate) == (30, True)
    assert (facts.video.color_space, facts.video.color_range) == ("bt709", "tv")
    assert facts.duration_sec == pytest.approx(1.001, abs=0.001)
    assert made["duration_sec"] == pytest.approx(1.001, abs=0.001)
    assert made["files"] == {
        "mp4": "video.mp4", "gif": None, "txt": None, "png": None, "poster": "poster.jpg",
    }  # fmt: skip
    assert {path.name for path in made.folder.iterdir()} == {"video.mp4", "poster.jpg"}


@pytest.mark.parametrize("fps", [10, pytest.param(60, marks=pytest.mark.slow)])
def test_another_rate_keeps_the_length(converted: Converter, clips: Clips, fps: int) -> None:
    made = converted(clips.make("testsrc2"), "mp4", fps=fps)
    shown = times(made.path("mp4"))
    assert (len(shown), made["frames"]) == (fps, fps)
    assert [round(at * fps) for at in shown] == [*range(fps)]


def test_flash_and_beep_stay_together(converted: Converter, clips: Clips) -> None:
    clip = clips.make("black", fps="50", filters=FLASH, beep_at=0.4)
    made = converted(clip, "mp4")
    bright = [shade(each) > 20 for each in pictures(made.path("mp4"))]
    flash_sec = bright.index(True) / 50
    (beep_sec,) = beeps(made.path("mp4"))
    assert flash_sec == pytest.approx(0.4, abs=0.02)
    assert beep_sec == pytest.approx(flash_sec, abs=0.025)


def test_sound_an_mp4_can_hold_is_copied(converted: Converter, clips: Clips) -> None:
    clip = clips.make("red")
    assert packets(converted(clip, "mp4").path("mp4")) == packets(clip)


@pytest.mark.parametrize(
    ("suffix", "codec", "made_into"),
    [
        ("mkv", "flac", "aac"),
        pytest.param("mkv", "libvorbis", "aac", marks=pytest.mark.slow),
        pytest.param("avi", "pcm_s16le", "aac", marks=pytest.mark.slow),
        pytest.param("avi", "mp3", "mp3float", marks=pytest.mark.slow),
        pytest.param("ts", "aac", "aac", marks=pytest.mark.slow),
        pytest.param("ts", "mp2", "aac", marks=pytest.mark.slow),
    ],
)
def test_sound_of_other_containers_stays_in_time(
    converted: Converter, clips: Clips, suffix: str, codec: str, made_into: str
) -> None:
    clip = clips.make("red", suffix=suffix, sound=("-c:a", codec))
    made = converted(clip, "mp4")
    assert told_of(made.path("mp4")).audio.codec == made_into
    (before,) = beeps(clip)
    from_first_picture = before - told_of(clip).video.start_sec
    assert beeps(made.path("mp4")) == pytest.approx([from_first_picture], abs=0.03)


@pytest.mark.parametrize("sec", [0.5, 1.5])
def test_sound_may_be_shorter_or_longer_than_the_picture(
    converted: Converter, clips: Clips, tmp_path: Path, sec: float
) -> None:
    clip = tmp_path / "uneven.mp4"
    silent = clips.make("testsrc2", beep_at=None)
    ffmpeg("-i", silent, "-f", "lavfi", "-i", f"sine=d={sec}", "-c:v", "copy", clip)
    made = converted(clip, "mp4")
    before, after = told_of(clip), told_of(made.path("mp4"))
    assert after.video.frames == 25
    assert after.audio.duration_sec == pytest.approx(before.audio.duration_sec, abs=0.03)


def test_sound_that_begins_later_still_does(
    converted: Converter, clips: Clips, tmp_path: Path
) -> None:
    clip, silent = tmp_path / "late.mkv", clips.make("testsrc2", beep_at=None)
    late = ("-itsoffset", "0.5", "-i", clips.make("red", beep_at=0.2))
    ffmpeg("-i", silent, *late, "-map", "0:v", "-map", "1:a", "-c", "copy", clip)
    made = converted(clip, "mp4")
    assert beeps(made.path("mp4")) == pytest.approx([0.7], abs=0.03)


def test_a_silent_clip_stays_silent(converted: Converter, clips: Clips) -> None:
    made = converted(clips.make("testsrc2", beep_at=None), "mp4")
    assert not made["has_sound"]
    assert told_of(made.path("mp4")).audio is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "seen"),
    [("97x33", (96, 32)), ("2x2", (2, 2)), ("9x1", (8, 2)), ("4x800", (4, 800))],
)
def test_odd_and_tiny_sizes(
    converted: Converter, clips: Clips, size: str, seen: tuple[int, int]
) -> None:
    video = ("-c:v", "ffv1", "-pix_fmt", "yuv444p")
    clip = clips.make("white", size=size, video=video, suffix="mkv", sec=0.2, beep_at=None)
    made = converted(clip, "mp4", "gif", "png", "txt")
    assert (made["width"], made["height"]) == seen
    assert {each.size for each in made.pngs()} == {seen}


@pytest.mark.slow
@pytest.mark.parametrize("crf", [0, 51])
def test_the_whole_range_of_quality(converted: Converter, clips: Clips, crf: int) -> None:
    made = converted(clips.make("testsrc2"), "mp4", crf=crf)
    assert told_of(made.path("mp4")).video.frames == 25


@pytest.mark.slow
def test_8k_becomes_4k(converted: Converter, clips: Clips) -> None:
    clip = clips.make("testsrc2", size="7680x4320", fps="5", sec=0.4)
    made = converted(clip, "mp4")
    assert (made["width"], made["height"]) == (4096, 2304)


# Texts


def test_every_text_is_what_the_artist_has_written(converted: Converter, clips: Clips) -> None:
    clip = clips.make("testsrc2", beep_at=None, sec=0.4)
    made = converted(clip, "txt", steadiness=0.0)
    look = Look(width=40, steadiness=0.0)
    artist = Artist(look, Grid.of(320, 180, 40))
    source = Source.from_json(uploaded(clip))
    small = frames(source, artist.sample, deadline=time.monotonic() + 30)
    drawn = [artist.text(artist.cells(np.frombuffer(each, np.uint8))) for each in small]
    assert made.texts() == drawn
    assert made.names("txt") == [f"frame_{at:06d}.txt" for at in range(10)]
    assert {len(line) for line in made.texts()[0].splitlines()} == {40}
    assert len(made.texts()[0].splitlines()) == made["rows"]
    assert made["files"]["mp4"] is None


def test_black_is_the_first_character_and_white_the_last(
    converted: Converter, clips: Clips
) -> None:
    for paint, place in (("black", 0), ("white", -1)):
        made = converted(clips.make(paint, sec=0.2, beep_at=None), "txt", charset="абвгд")
        assert set(made.texts()[0]) == {"абвгд"[place], "\n"}


# Pictures


def test_png_frames_have_the_size_of_the_source_and_the_colours_asked_for(
    converted: Converter, clips: Clips
) -> None:
    clip = clips.make("testsrc2", sec=0.4, beep_at=None)
    made = converted(clip, "png", text_color="#ff8000", bg_color="#000040")
    assert made.names("png") == [f"frame_{at:06d}.png" for at in range(10)]
    for each in made.pngs():
        assert (each.size, each.mode) == ((320, 180), "P")
        colors = np.asarray(each.convert("RGB")).reshape(-1, 3)
        assert {(255, 128, 0), (0, 0, 64)} <= {tuple(map(int, each)) for each in colors}
        # Between the two colours and nowhere else.
        share = colors[:, 0].astype(float) / 255
        assert np.abs(colors[:, 1] - 128 * share).max() <= 2
        assert np.abs(colors[:, 2] - 64 * (1 - share)).max() <= 2


def test_transparent_frames_are_ink_alone(converted: Converter, clips: Clips) -> None:
    made = converted(clips.make("testsrc2", sec=0.2, beep_at=None), "png", transparent=True)
    pixels = np.asarray(made.pngs()[0].convert("RGBA"))
    assert {tuple(map(int, each)) for each in pixels[..., :3].reshape(-1, 3)} == {GREEN}
    assert pixels[..., 3].min() == 0
    assert pixels[..., 3].max() == 255


@pytest.mark.parametrize("transparent", [False, True])
def test_frames_in_true_colour(converted: Converter, clips: Clips, transparent: bool) -> None:
    clip = clips.make("yellow", sec=0.2, beep_at=None)
    look = {"color": "true", "style": "blocks", "transparent": transparent}
    first = converted(clip, "png", **look).pngs()[0]
    assert first.mode == ("RGBA" if transparent else "RGB")
    red, green, blue = np.asarray(first.convert("RGB")).reshape(-1, 3).max(0)
    assert min(red, green) > 230
    assert blue < 20


def test_a_png_shows_what_the_video_shows(converted: Converter, clips: Clips) -> None:
    made = converted(clips.make("testsrc2", sec=0.2, beep_at=None), "mp4", "png", crf=1)
    png, video = made.pngs()[2].convert("RGB"), pictures(made.path("mp4"))[2]
    lumas = [np.asarray(each).astype(float) @ (0.2126, 0.7152, 0.0722) for each in (png, video)]
    assert np.abs(lumas[0] - lumas[1]).mean() < 4


# The GIF


@pytest.mark.parametrize("color", ["mono", "true"])
def test_a_gif_as_long_as_the_video(converted: Converter, clips: Clips, color: str) -> None:
    made = converted(clips.make("testsrc2", fps="30"), "gif", color=color)
    with Image.open(made.path("gif")) as gif:
        assert (gif.size, gif.n_frames, gif.info["loop"]) == ((320, 180), 15, 0)
        lasts = []
        for at in range(gif.n_frames):
            gif.seek(at)
            lasts.append(gif.info["duration"])
        assert sum(lasts) == pytest.approx(1000, abs=40)
        colors = np.asarray(gif.convert("RGB")).reshape(-1, 3).max(0)
    assert (colors[0] < 10) == (color == "mono")
    assert colors[1] > 200


def test_a_large_gif_is_made_smaller(converted: Converter, clips: Clips) -> None:
    made = converted(clips.make("white", size="1600x900", sec=0.1, beep_at=None), "gif")
    with Image.open(made.path("gif")) as gif:
        assert gif.size == (800, 450)


def test_a_gif_becomes_a_video(converted: Converter, tmp_path: Path) -> None:
    shades = [Image.new("L", (64, 36), shade) for shade in (0, 128, 255)]
    path = tmp_path / "moving.gif"
    shades[0].save(path, save_all=True, append_images=shades[1:], duration=100, loop=0)
    made = converted(path, "mp4", "gif", fps=20, width=10)
    assert (made["frames"], made["duration_sec"]) == (6, 0.3)
    assert len(pictures(made.path("mp4"))) == 6


# All at once, and what is told


def test_everything_at_once(converted: Converter, clips: Clips) -> None:
    made = converted(clips.make("testsrc2", sec=0.4), "mp4", "gif", "txt", "png")
    assert len(made.names("png")) == len(made.names("txt")) == 10
    assert told_of(made.path("mp4")).video.frames == 10
    with Image.open(made.path("poster")) as poster:
        assert poster.size == (320, 180)
    assert made["left_out"] == {}


def test_frames_are_told_as_they_are_done(converted: Converter, clips: Clips) -> None:
    told = converted(clips.make("testsrc2", sec=2.0), "mp4").told
    assert told.stages == ["preparing", "rendering", "checking"]
    assert told.frames[-1] == (50, 50)
    assert [done for done, _ in told.frames] == sorted(done for done, _ in told.frames)
    assert told.fractions == sorted(told.fractions)
    assert told.fractions[-1] == 1


# What cannot be


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        ({"max_frames": 24}, ConversionTooManyFrames),
        ({"max_pixels": 1000}, ClipTooManyPixels),
        ({"max_duration_sec": 0.9}, ClipTooLong),
        ({"max_output_bytes": 2000}, ConversionTooLarge),
        ({"deadline": 0.0}, NotInTime),
    ],
)
def test_limits_are_kept(
    converted: Converter, clips: Clips, limit: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        converted(clips.make("testsrc2"), "mp4", **limit)
    assert not encoders(psutil.Process())


def test_sound_alone_and_still_pictures_are_refused(converted: Converter, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", tmp_path / "sound.wav")
    Image.new("L", (8, 8)).save(tmp_path / "still.png")
    for name, error in (("sound.wav", ClipWithoutVideo), ("still.png", EditFileUnfit)):
        with pytest.raises(error):
            converted(tmp_path / name, "mp4")


def test_frames_there_is_no_room_for_are_left_out(converted: Converter, clips: Clips) -> None:
    clip = clips.make("testsrc2", sec=4.2, beep_at=None)
    made = converted(clip, "mp4", "txt", "png", width=60, max_output_bytes=300_000)
    assert made["files"]["png"] is None
    assert made["left_out"]["png"]["max_output_bytes"] == 300_000
    assert made["left_out"]["png"]["expected_bytes"] > 300_000
    assert not (made.folder / "png.pack").exists()
    assert len(made.names("txt")) == told_of(made.path("mp4")).video.frames == 105


def test_frames_alone_that_are_too_large_are_refused(converted: Converter, clips: Clips) -> None:
    with pytest.raises(ConversionTooLarge) as refused:
        converted(clips.make("testsrc2", sec=4.2, beep_at=None), "png", max_output_bytes=300_000)
    assert refused.value.details["frames"] == 105


@pytest.mark.parametrize("kind", ["txt", "png"])
def test_a_full_disk_is_told(converted: Converter, clips: Clips, kind: str) -> None:
    clip = clips.make("testsrc2", beep_at=None)
    with small_files(3000), pytest.raises(RenderOutOfRoom):
        converted(clip, kind)
    assert not encoders(psutil.Process())
