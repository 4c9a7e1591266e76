"""Clips that are odd, but right: what becomes of them is measured in the video itself."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from photoai.services.video import ClipFacts, ClipLimits, probe
from tests.support.cliphost import ClipHost
from tests.support.clips import AAC, BT709, Clips, beeping, beeps, colors, ffmpeg, pictures
from tests.support.merging import Merger
from tests.support.server import Server

pytestmark = pytest.mark.slow

HALF = "drawbox=x=0:y=0:w=iw/2:h=ih:c=blue:t=fill"


def odd(clips: Clips, kind: str) -> Path:
    """A red clip of one second that beeps at 0.4 s, unless its kind is something else."""
    if kind == "8K":
        return clips.make("red", size="7680x4320", fps="5")
    if kind == "240 fps":
        return clips.make("red", fps="240")
    if kind == "variable frame rate":
        return clips.unsteady("red")
    if kind == "odd size":
        as_is = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p")
        return clips.make("red", size="321x181", video=as_is)
    if kind == "pixels that are not square":
        return clips.make("red", size="180x180", filters=f"{BT709},setsar=16/9")
    if kind == "ten bits":
        ten = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
        return clips.make("red", video=ten)
    if kind == "tiny":
        return clips.make("red", size="16x16")
    if kind == "interlaced":
        fields = ("-c:v", "libx264", "-preset", "ultrafast", "-flags", "+ilme+ildct")
        return clips.make("red", video=(*fields, "-x264-params", "tff=1"))
    if kind == "mono at 22 kHz":
        return clips.make("red", sound=(*AAC, "-ac", "1", "-ar", "22050"))
    assert kind == "another container"
    return clips.make("red", sound=("-c:a", "libopus"), suffix="mkv")


def measured(video: Path, fps: float, frames: int, size: tuple[int, int] = (1080, 1080)) -> None:
    facts: ClipFacts = probe(video, ClipLimits())
    picture, sound = facts.video, facts.audio
    assert (picture.width, picture.height, picture.sar) == (*size, 1)
    assert (picture.pix_fmt, picture.color_space, picture.rotation_deg) == ("yuv420p", "bt709", 0)
    assert (picture.fps, picture.frames, picture.constant_rate) == (fps, frames, True)
    assert sound is not None
    assert (sound.codec, sound.sample_rate, sound.channels) == ("aac", 48000, 2)
    assert abs(sound.duration_sec - frames / fps) < 0.05


@pytest.mark.parametrize(
    ("kind", "fps", "frames"),
    [
        ("8K", 25, 40), ("240 fps", 60, 96), ("odd size", 25, 40), ("tiny", 25, 40),
        ("pixels that are not square", 25, 40), ("ten bits", 25, 40), ("interlaced", 25, 40),
        ("mono at 22 kHz", 25, 40), ("another container", 25, 40),
    ],
)  # fmt: skip
def test_an_odd_clip_is_merged_rightly(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path, kind: str, fps: int, frames: int
) -> None:
    marker = host.put("marker.mp4", clips.make("lime", sec=0.6, beep_at=0.2))
    url = host.put(f"{kind}.mp4".replace(" ", "-"), odd(clips, kind))
    video = merger.download(merger.merged(url, marker, aspect_ratio="1:1"), tmp_path / "v.mp4")
    assert colors(video) == ["red", "lime"]
    assert beeps(video) == pytest.approx([0.4, 1.2], abs=0.04)
    measured(video, fps, frames)


def test_a_clip_without_a_steady_rate_stays_in_step(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    marker = host.put("marker.mp4", clips.make("lime", sec=0.6, beep_at=0.2))
    url = host.put("unsteady.mp4", odd(clips, "variable frame rate"))
    task = merger.merged(url, marker, aspect_ratio="1:1")
    video = merger.download(task, tmp_path / "v.mp4")
    assert colors(video) == ["red", "lime"]
    fps = float(probe(video, ClipLimits()).video.fps)
    begins = sum(each[540, 540, 0] > 200 for each in pictures(video)) / fps
    assert begins == pytest.approx(1.0, abs=0.05)
    assert beeps(video) == pytest.approx([0.4, begins + 0.2], abs=0.04)


@pytest.mark.parametrize(
    ("transfer", "luma", "grey"), [("smpte2084", 600, 207), ("arib-std-b67", 850, 234)]
)
def test_light_for_hdr_screens_is_mapped(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path,
    transfer: str, luma: int, grey: int,
) -> None:  # fmt: skip
    """Only the matrix changed, it would be 156 and 229."""
    url = host.put(f"{transfer}.mp4", clips.hdr_grey(transfer, luma))
    video = merger.download(merger.merged(url, aspect_ratio="1:1"), tmp_path / "v.mp4")
    measured(video, 25, 10)
    assert pictures(video)[2][540, 540].mean() == pytest.approx(grey, abs=3)
    assert probe(video, ClipLimits()).video.color_transfer == "bt709"


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_what_is_copied_says_its_colours(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path, suffix: str
) -> None:
    untagged = clips.make("testsrc2", size="1920x1080", sec=0.4, filters="null", suffix=suffix)
    task = merger.merged(host.put(f"untagged.{suffix}", untagged))
    assert task["mode"] == "copy"
    video = merger.download(task, tmp_path / "v.mp4")
    measured(video, 25, 10, (1920, 1080))


def test_a_phone_s_clip_stands_upright(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    lying = clips.make("red", filters=f"{HALF},{BT709}")  # blue on the left
    url = host.put("turned.mp4", clips.turned(lying, 90))  # counter-clockwise, as ffmpeg says it
    video = merger.download(merger.merged(url, aspect_ratio="9:16"), tmp_path / "v.mp4")
    measured(video, 25, 25, (1080, 1920))
    first = pictures(video)[0]
    assert first[300, 540].argmax() == 0, "red above"
    assert first[1600, 540].argmax() == 2, "blue below"


def test_where_there_is_no_sound_it_is_silent(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    urls = [
        host.put("silent.mp4", clips.make("red", beep_at=None)),
        host.put("loud.mp4", clips.make("lime", sec=0.6, beep_at=0.2)),
        host.put("silent-too.mp4", clips.make("blue", sec=0.6, beep_at=None)),
    ]
    video = merger.download(merger.merged(*urls, aspect_ratio="1:1"), tmp_path / "v.mp4")
    assert colors(video) == ["red", "lime", "blue"]
    assert beeps(video) == pytest.approx([1.2], abs=0.04)
    measured(video, 25, 55)


def test_of_two_sounds_the_one_that_is_meant_is_heard(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / "two.mp4"
    sounds = [each for at in (0.2, 0.7) for each in ("-f", "lavfi", "-i", beeping(at, 1.0))]
    meant = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    streams = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", *AAC)
    ffmpeg("-i", clips.make("red", beep_at=None), *sounds, *streams, *meant, path)
    video = merger.download(merger.merged(host.put("two.mp4", path)), tmp_path / "v.mp4")
    assert beeps(video) == pytest.approx([0.7], abs=0.04)


def test_what_was_found_at_an_address_is_not_looked_for_again_in_the_same_bytes(
    merging_server: Server, merger: Merger, host: ClipHost, clips: Clips
) -> None:
    fits = clips.make("testsrc2", sec=0.4, size="1920x1080", fps="25")
    url, marker = host.put("fits.mp4", fits), host.put("marker.mp4", clips.make("lime", sec=0.4))
    merger.merged(url)
    digest = hashlib.sha256(url.encode()).hexdigest()
    with closing(sqlite3.connect(merging_server.folder / "photoai.db")) as db, db:
        row = db.execute("SELECT probe FROM known_clip WHERE url_digest = ?", [digest]).fetchone()
        found = json.loads(row[0])
        assert found["decodes"] is True
        # Who believes this does not look.
        known = json.dumps({**found, "duration_sec": 1e6})
        db.execute("UPDATE known_clip SET probe = ? WHERE url_digest = ?", [known, digest])
    refused = merger.order(url, marker)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "clip_too_long")
    host.put("fits.mp4", clips.make("testsrc2", sec=0.6, size="1920x1080", fps="25"))
    merger.merged(url, marker)
