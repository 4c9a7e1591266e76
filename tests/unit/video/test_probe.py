"""Probing: what a clip is, and what is no clip."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

from photoai.errors import (
    ClipCodecNotTaken,
    ClipEmpty,
    ClipTooLarge,
    ClipTooLong,
    ClipTooManyPixels,
    ClipTypeNotTaken,
    ClipUnreadable,
    ClipWithoutVideo,
)
from photoai.services.video import ClipFacts, ClipLimits, probe
from photoai.services.video.probe import is_idr
from tests.support.clips import AAC, FAST, Clips, beeping, ffmpeg


def test_it_tells_what_is_inside(clips: Clips, limits: ClipLimits) -> None:
    facts = probe(clips.make("red", fps="30000/1001", sec=1.0), limits)
    video = facts.video
    assert (facts.container, facts.audio_tracks) == ("mp4", 1)
    assert (video.codec, video.width, video.height, video.sar) == ("h264", 320, 180, 1)
    assert (video.fps, video.constant_rate, video.frames) == (Fraction(30000, 1001), True, 30)
    assert (video.color_space, video.color_range, video.is_hdr) == ("bt709", "tv", False)
    assert video.clean_start
    assert video.duration_sec == pytest.approx(30 * 1001 / 30000)
    assert facts.audio is not None
    assert (facts.audio.codec, facts.audio.sample_rate, facts.audio.channels) == ("aac", 48000, 2)


def test_facts_survive_json(clips: Clips, limits: ClipLimits) -> None:
    path = clips.make("red", fps="30000/1001", sec=1.0)
    facts = probe(path, limits)
    stored = json.loads(json.dumps(facts.as_json()))
    assert ClipFacts.from_json(stored) == facts
    del stored["video"]["longest_sec"]  # as files have it that were sent before it was looked for
    assert ClipFacts.from_json(stored) == facts
    del stored["video"]["frames"]
    with pytest.raises(KeyError):
        ClipFacts.from_json(stored)


@pytest.mark.parametrize(
    ("suffix", "container"),
    [
        ("mov", "mp4"),
        ("mkv", "matroska"),
        ("avi", "avi"),
        ("ts", "mpegts"),
        ("flv", "flv"),
    ],
)
def test_containers_are_told_by_their_bytes(
    clips: Clips, limits: ClipLimits, tmp_path: Path, suffix: str, container: str
) -> None:
    lying = tmp_path / "clip.mp4"
    sound = ("-c:a", "mp3", "-ar", "44100") if suffix in ("flv", "avi") else AAC
    lying.write_bytes(clips.make("red", suffix=suffix, sound=sound).read_bytes())
    facts = probe(lying, limits)
    assert (facts.container, facts.video.fps, facts.video.frames) == (container, 25, 25)
    assert facts.video.constant_rate
    assert facts.video.duration_sec == pytest.approx(1)


def test_webm_is_read(clips: Clips, limits: ClipLimits) -> None:
    vp9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
    path = clips.make("red", video=vp9, sound=("-c:a", "libopus"), suffix="webm", fps="60000/1001")
    facts = probe(path, limits)
    assert (facts.container, facts.video.codec) == ("matroska", "vp9")
    assert (facts.video.fps, facts.video.constant_rate) == (Fraction(60000, 1001), True)
    assert not facts.video.clean_start


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_phone_held_upright_is_upright(clips: Clips, limits: ClipLimits, degrees: int) -> None:
    facts = probe(clips.turned(clips.make("red"), degrees), limits)
    assert facts.video.rotation_deg == (360 - degrees) % 360
    assert facts.display_size == ((320, 180) if degrees == 180 else (180, 320))


def test_pixels_that_are_not_square_are_counted_as_seen(clips: Clips, limits: ClipLimits) -> None:
    facts = probe(clips.make("red", size="180x144", filters="setsar=16/11"), limits)
    assert facts.video.sar == Fraction(16, 11)
    assert facts.display_size == (262, 144)


def test_a_variable_rate_is_noticed(clips: Clips, limits: ClipLimits) -> None:
    video = probe(clips.unsteady(), limits).video
    assert (video.fps, video.constant_rate) == (30, False)
    assert video.duration_sec == pytest.approx(1, abs=0.05)


def test_odd_sizes_high_rates_and_hdr_are_seen_as_they_are(
    clips: Clips, limits: ClipLimits
) -> None:
    odd = clips.make("red", size="321x181", video=("-c:v", "libx264", "-pix_fmt", "yuv444p"))
    assert probe(odd, limits).display_size == (321, 181)
    assert probe(clips.make("red", fps="240"), limits).video.fps == 240
    assert probe(clips.hdr(), limits).video.is_hdr


def test_no_sound_and_two_tracks_of_it(clips: Clips, limits: ClipLimits, tmp_path: Path) -> None:
    silent = clips.make("red", beep_at=None)
    assert probe(silent, limits).audio is None
    two = tmp_path / "two.mp4"
    sounds = ["-f", "lavfi", "-i", beeping(0.2, 1), "-f", "lavfi", "-i", beeping(0.7, 1)]
    which = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", *AAC]
    ffmpeg(
        "-i", silent, *sounds, *which, "-disposition:a:1", "default", "-disposition:a:0", "0", two
    )
    facts = probe(two, limits)
    assert (facts.audio_tracks, facts.audio and facts.audio.index) == (2, 2)


def test_a_cover_picture_is_no_video(clips: Clips, limits: ClipLimits, tmp_path: Path) -> None:
    cover, song = tmp_path / "cover.png", tmp_path / "song.mp4"
    Image.new("RGB", (32, 32), "red").save(cover)
    both = ["-i", clips.make("red"), "-i", cover, "-map", "0:a", "-map", "1:v"]
    ffmpeg(*both, "-c", "copy", "-disposition:v:0", "attached_pic", song)
    with pytest.raises(ClipWithoutVideo):
        probe(song, limits)


def test_sound_alone_is_no_video(limits: ClipLimits, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", beeping(0.2, 1), *AAC, path)
    with pytest.raises(ClipWithoutVideo):
        probe(path, limits)


@pytest.mark.parametrize(
    ("name", "data", "seen"),
    [
        ("playlist", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "playlist"),
        ("script", b"ffconcat version 1.0\nfile /etc/passwd\n", "script"),
        ("script2", b"file '/etc/passwd'\n", "script"),
        ("page", b"\n<!DOCTYPE html><html></html>", "page"),
        ("image", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "image"),
        ("photo", b"\0\0\0\x18ftypheic" + b"\0" * 100, "image"),
        ("dash", b"<?xml version='1.0'?><MPD></MPD>", "text"),
        ("noise", bytes(range(256)) * 20, "unknown"),
    ],
)
def test_what_only_poses_as_a_video_is_not_even_opened(
    clips: Clips, limits: ClipLimits, name: str, data: bytes, seen: str
) -> None:
    with pytest.raises(ClipTypeNotTaken) as refused:
        probe(clips.posing(name, data), limits)
    assert refused.value.details == {"seen": seen}


def test_a_file_cut_off_is_noticed(clips: Clips, limits: ClipLimits, tmp_path: Path) -> None:
    with pytest.raises(ClipUnreadable) as refused:
        probe(clips.cut_off(0.5), limits)
    assert refused.value.details["expected_sec"] == pytest.approx(2, abs=0.1)
    with pytest.raises(ClipUnreadable):
        probe(clips.cut_off(0.02), limits)
    headless = clips.posing("headless", clips.make("testsrc2", sec=2).read_bytes()[:20000])
    with pytest.raises(ClipUnreadable):
        probe(headless, limits)


def test_rubbish_inside_is_noticed(clips: Clips, limits: ClipLimits) -> None:
    rubbish = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(range(256)) * 400
    with pytest.raises(ClipUnreadable):
        probe(clips.posing("rubbish", rubbish), limits)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("track", ["picture", "sound"])
def test_a_format_without_a_decoder_is_named(
    clips: Clips, limits: ClipLimits, suffix: str, track: str
) -> None:
    with pytest.raises(ClipCodecNotTaken) as refused:
        probe(clips.foreign(suffix, track), limits)
    assert refused.value.details == {"track": track}


def test_of_two_sounds_the_one_that_can_be_decoded_is_heard(
    clips: Clips, limits: ClipLimits, tmp_path: Path
) -> None:
    two, foreign = tmp_path / "two.mkv", tmp_path / "foreign.mkv"
    source = clips.make("red", suffix="mkv")
    streams = ["-map", "0:v", "-map", "0:a", "-map", "0:a", "-c:v", "copy"]
    meant = ("-disposition:a:0", "default", "-disposition:a:1", "0")
    ffmpeg("-i", source, *streams, "-c:a:0", "libopus", "-c:a:1", "aac", *meant, two)
    foreign.write_bytes(two.read_bytes().replace(b"A_OPUS", b"A_ZZZZ"))
    found = probe(foreign, limits)
    assert (found.audio_tracks, found.audio and found.audio.codec) == (2, "aac")


@pytest.mark.parametrize(
    "surprise", [AttributeError("none"), IndexError(4), ZeroDivisionError(), KeyError("x")]
)
def test_what_nobody_thought_of_is_a_damaged_clip(
    clips: Clips, limits: ClipLimits, monkeypatch: pytest.MonkeyPatch, surprise: Exception
) -> None:
    def strange(*_: object) -> None:
        raise surprise

    module = import_module("photoai.services.video.probe")  # its function hides it in the package
    monkeypatch.setattr(module, "_walk", strange)
    with pytest.raises(ClipUnreadable) as refused:
        probe(clips.make("red"), limits)
    assert refused.value.__cause__ is surprise


def test_a_stump_of_set_up_data_is_no_reason_to_break() -> None:
    slices = b"\0\0\0\2\x65\x88"
    assert is_idr(slices, b"\x01")
    assert not is_idr(b"", b"\x01d")


def test_no_length_is_no_video(clips: Clips, limits: ClipLimits, tmp_path: Path) -> None:
    with pytest.raises(ClipEmpty):
        probe(clips.posing("nothing", b""), limits)
    empty = tmp_path / "empty.mp4"
    moving = "-movflags", "+frag_keyframe+empty_moov"
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64:d=1", *FAST, "-frames:v", "0", *moving, empty)
    with pytest.raises((ClipEmpty, ClipUnreadable)):
        probe(empty, limits)


def test_limits_hold(clips: Clips) -> None:
    path = clips.make("red")
    with pytest.raises(ClipTooLarge):
        probe(path, ClipLimits(max_bytes=100))
    with pytest.raises(ClipTooManyPixels) as refused:
        probe(path, ClipLimits(max_pixels=320 * 180 - 1))
    assert refused.value.details["width"] == 320
    with pytest.raises(ClipTooLong):
        probe(path, ClipLimits(max_duration_sec=0.9))


def test_tags_of_standard_definition_are_read(clips: Clips, limits: ClipLimits) -> None:
    path = clips.make("red", filters="setparams=colorspace=smpte170m", video=FAST)
    assert probe(path, limits).video.color_space == "smpte170m"
