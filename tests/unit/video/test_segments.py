"""Segments and the videos joined of them, measured in pictures and sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from photoai.errors import ClipUnreadable, RenderFailed
from photoai.services.video import ClipLimits, probe
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import Blur, Crop, Pad
from photoai.services.video.excerpt import take_excerpt
from photoai.services.video.join import Segment
from photoai.services.video.render import AAC, matches, render
from photoai.services.video.timeline import Timeline
from tests.support.clips import (
    BT709,
    Clips,
    beeps,
    color_of,
    colors,
    ffmpeg,
    likeness,
    pictures,
    samples,
    times,
)

from .light import shown_grey
from .making import SMALL, copied, cut, encoding, joined, segment, soon, verify

pytestmark = pytest.mark.slow

NTSC = Canvas(320, 180, Fraction(30000, 1001))
# Clips as they come; the first picture of the unsteady one is shown a frame late.
KINDS = {
    "plain": lambda clips: (clips.make("red"), "red", 0.4),
    "turned": lambda clips: (clips.turned(clips.make("lime", size="180x320"), 90), "lime", 0.4),
    "unsteady": lambda clips: (clips.unsteady("blue"), "blue", 0.4 - 1 / 30),
    "fast": lambda clips: (clips.make("white", fps="240"), "white", 0.4),
    "odd": lambda clips: (
        clips.make("yellow", size="321x181", video=("-c:v", "libx264", "-pix_fmt", "yuv444p")),
        "yellow",
        0.4,
    ),
    "standard": lambda clips: (
        clips.make("red", size="180x144", filters="setparams=colorspace=smpte170m,setsar=16/11"),
        "red",
        0.4,
    ),
    "full range": lambda clips: (
        clips.make("lime", video=("-c:v", "libx264", "-pix_fmt", "yuvj420p")),
        "lime",
        0.4,
    ),
    "stream": lambda clips: (clips.make("blue", suffix="ts"), "blue", 0.4),
    "matroska": lambda clips: (clips.make("red", suffix="mkv", fps="30000/1001"), "red", 0.4),
    "silent": lambda clips: (clips.make("lime", beep_at=None), "lime", None),
    "interlaced": lambda clips: (
        clips.make("blue", filters=f"{BT709},setfield=tff", options=("-flags", "+ilme+ildct")),
        "blue",
        0.4,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_segment_is_exactly_its_frames_and_their_sound(
    clips: Clips, tmp_path: Path, kind: str
) -> None:
    path, color, beep = KINDS[kind](clips)
    made = segment(cut(path), NTSC, tmp_path / "segment.mov")
    assert made.frames == round(probe(path, ClipLimits()).duration_sec * NTSC.fps)
    assert times(made.path) == [at / NTSC.fps for at in range(made.frames)]
    assert colors(made.path) == [color]
    assert len(samples(made.path)) == NTSC.samples_in(made.frames)
    assert beeps(made.path) == ([] if beep is None else [pytest.approx(beep, abs=0.02)])
    facts = probe(made.path, ClipLimits())
    assert matches(facts, NTSC) is None


@pytest.mark.parametrize(
    ("transfer", "luma"),
    [("smpte2084", 300), ("smpte2084", 600), ("arib-std-b67", 850)],
)
def test_hdr_becomes_ordinary_light(clips: Clips, tmp_path: Path, transfer: str, luma: int) -> None:
    made = segment(cut(clips.hdr_grey(transfer, luma)), SMALL, tmp_path / "segment.mov")
    video = probe(made.path, ClipLimits()).video
    assert (video.pix_fmt, video.color_transfer, video.is_hdr) == ("yuv420p", "bt709", False)
    seen = pictures(made.path)[2].reshape(-1, 3).mean(axis=0)
    assert seen == pytest.approx([shown_grey(transfer, luma)] * 3, abs=3)


def test_the_default_track_is_the_one_that_is_heard(clips: Clips, tmp_path: Path) -> None:
    two = tmp_path / "two.mp4"
    first, second = clips.make("red", beep_at=0.2), clips.make("red", beep_at=0.7)
    both = ["-i", first, "-i", second, "-map", "0:v", "-map", "0:a", "-map", "1:a", "-c", "copy"]
    ffmpeg(*both, "-disposition:a:0", "0", "-disposition:a:1", "default", two)
    assert beeps(segment(cut(two), SMALL, tmp_path / "s.mov").path) == [
        pytest.approx(0.7, abs=0.02)
    ]


@pytest.mark.parametrize(
    ("fit", "edge"), [(Pad("#ff0000"), "red"), (Crop(), "lime"), (Blur(), "lime"), (Pad(), "black")]
)
def test_a_clip_of_another_shape_is_fitted(
    clips: Clips, tmp_path: Path, fit: Pad | Crop | Blur, edge: str
) -> None:
    made = segment(cut(clips.make("lime", size="100x178"), fit=fit), SMALL, tmp_path / "s.mov")
    picture = pictures(made.path)[3]
    assert color_of(picture[90, 10]) == edge
    assert color_of(picture[90, 160]) == "lime"


@pytest.mark.parametrize("start_sec", [0.52, 7.52])
def test_a_part_is_cut_at_its_frame(clips: Clips, tmp_path: Path, start_sec: float) -> None:
    ramp = f"geq=lum='16+N':cb=128:cr=128,{BT709}"
    path = clips.make("black", filters=ramp, sec=8.4, beep_at=start_sec + 0.2)
    part = cut(path, start_sec=start_sec, end_sec=start_sec + 0.4)
    made = segment(part, SMALL, tmp_path / "s.mov")
    assert made.frames == 10
    grey = [int(picture.mean()) for picture in pictures(made.path)]
    first = round(start_sec * 25) * 255 / 219
    assert grey[0] == pytest.approx(first, abs=2)
    assert grey[-1] == pytest.approx(first + 9 * 255 / 219, abs=2)
    assert beeps(made.path) == [pytest.approx(0.2, abs=0.01)]


def test_segments_join_without_a_gap(clips: Clips, tmp_path: Path) -> None:
    paths = [KINDS[kind](clips)[0] for kind in ("plain", "turned", "unsteady", "fast", "odd")]
    made = [segment(cut(path), NTSC, tmp_path / f"{at}.mov") for at, path in enumerate(paths)]
    out = joined(made, NTSC, tmp_path / "it's out.mp4")
    total = sum(each.frames for each in made)
    assert times(out) == [at / NTSC.fps for at in range(total)]
    assert colors(out) == ["red", "lime", "blue", "white", "yellow"]
    starts = np.cumsum([0, *(NTSC.seconds(each.frames) for each in made[:-1])])
    heard = starts + np.array([0.4, 0.4, 0.4 - 1 / 30, 0.4, 0.4])
    assert beeps(out) == [pytest.approx(at, abs=0.02) for at in heard]
    assert not [*tmp_path.glob("*.ffconcat")]


def test_a_clip_that_matches_is_taken_as_it_is(clips: Clips, tmp_path: Path) -> None:
    path = clips.make("testsrc2", video=("-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p"))
    facts = probe(path, ClipLimits())
    assert matches(facts, SMALL) is None
    made = copied(path, SMALL, tmp_path / "segment.mov")
    assert times(made.path) == [at / SMALL.fps for at in range(25)]
    assert np.array_equal(pictures(made.path), pictures(path))
    assert len(samples(made.path)) == SMALL.samples_in(25)
    assert beeps(made.path) == [pytest.approx(0.4, abs=0.01)]


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mov"])
def test_any_container_may_match(clips: Clips, tmp_path: Path, suffix: str) -> None:
    path = clips.make("testsrc2", suffix=suffix)
    assert matches(probe(path, ClipLimits()), SMALL) is None
    made = copied(path, SMALL, tmp_path / "segment.mov")
    assert times(made.path) == [at / SMALL.fps for at in range(25)]
    assert np.array_equal(pictures(made.path), pictures(path))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_copy_says_its_colours(clips: Clips, tmp_path: Path, suffix: str) -> None:
    canvas = Canvas(1024, 600, Fraction(25))
    coding = ("-c:v", "libx264", "-g", "25", "-pix_fmt", "yuv420p")
    path = clips.make(
        "testsrc2", size="1024x600", sec=2, filters="null", video=coding, suffix=suffix
    )
    facts = probe(path, ClipLimits())
    assert (facts.video.color_space, matches(facts, canvas)) == ("", None)
    part = tmp_path / "part.mov"
    take_excerpt(path, facts, canvas, part, start=25, end=50, deadline=soon())
    whole = copied(path, canvas, tmp_path / "whole.mov")
    for made in (part, whole.path):
        video = probe(made, ClipLimits()).video
        assert (video.color_primaries, video.color_transfer, video.color_space) == ("bt709",) * 3
    tagged = clips.make("testsrc2", size="1024x600", sec=2, video=coding)
    other = copied(tagged, canvas, tmp_path / "other.mov")
    out = joined([Segment(part, 25), whole, other], canvas, tmp_path / "out.mp4")
    verify(out, canvas=canvas, frames=125, joints=[25, 75], quick=False)


def test_copied_and_encoded_pictures_stand_in_one_video(clips: Clips, tmp_path: Path) -> None:
    """Their parameter sets differ in every way: profile, entropy coding, references, B-frames."""
    main = (
        "-c:v",
        "libx264",
        "-profile:v",
        "main",
        "-bf",
        "0",
        "-coder",
        "0",
        "-pix_fmt",
        "yuv420p",
    )
    high = ("-c:v", "libx264", "-preset", "slower", "-bf", "5", "-refs", "6", "-pix_fmt", "yuv420p")
    first, last = clips.make("testsrc2", video=main), clips.make("testsrc2", video=high, sec=2)
    middle = clips.make("testsrc2", size="640x360", fps="50")
    made = [
        copied(first, SMALL, tmp_path / "0.mov"),
        segment(cut(middle), SMALL, tmp_path / "1.mov"),
        copied(last, SMALL, tmp_path / "2.mov"),
    ]
    out = joined(made, SMALL, tmp_path / "out.mp4")
    assert times(out) == [at / SMALL.fps for at in range(100)]
    said = ffmpeg("-v", "warning", "-xerror", "-i", out, "-f", "null", "-")
    assert said == ""
    shown = pictures(out)
    assert np.array_equal(shown[:25], pictures(first))
    assert np.array_equal(shown[50:], pictures(last))
    assert beeps(out) == [pytest.approx(at, abs=0.02) for at in (0.4, 1.4, 2.4)]


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"size": "318x180"}, "size 318x180"),
        ({"fps": "30"}, "frame rate 30.000"),
        ({"video": ("-c:v", "mpeg4")}, "codec mpeg4"),
        ({"video": ("-c:v", "libx264", "-pix_fmt", "yuv444p")}, "profile High 4:4:4 Predictive"),
        ({"filters": f"{BT709},setsar=2"}, "pixels that are not square"),
        ({"filters": "setparams=colorspace=smpte170m"}, "colours"),
    ],
)
def test_what_does_not_match_says_why(clips: Clips, wishes: dict[str, str], reason: str) -> None:
    assert matches(probe(clips.make("red", **wishes), ClipLimits()), SMALL) == reason


def test_a_turned_or_unsteady_clip_does_not_match(clips: Clips) -> None:
    turned = probe(clips.turned(clips.make("red"), 180), ClipLimits())
    assert matches(turned, SMALL) == "turned"
    assert matches(probe(clips.unsteady(), ClipLimits()), Canvas(320, 180, Fraction(30))) == (
        "variable frame rate"
    )


def test_a_whole_timeline_is_one_graph(clips: Clips, tmp_path: Path) -> None:
    parts = [cut(clips.make(color)) for color in ("red", "lime", "blue")]
    timeline, out, told = Timeline(parts, NTSC), tmp_path / "out.mp4", []
    render(
        timeline,
        out,
        encoding(NTSC),
        audio=AAC,
        deadline=soon(),
        report=lambda *at: told.append(at),
    )
    assert times(out) == [at / NTSC.fps for at in range(90)]
    assert colors(out) == ["red", "lime", "blue"]
    assert beeps(out) == [pytest.approx(at, abs=0.02) for at in (0.4, 1.4, 2.4)]
    assert told[-1][0] == pytest.approx(1, abs=0.05)


def test_a_segment_looks_like_its_clip(clips: Clips, tmp_path: Path) -> None:
    path = clips.make("testsrc2")
    out = tmp_path / "out.mov"
    render(Timeline([cut(path)], SMALL), out, encoding(SMALL, "ultra"), deadline=soon())
    assert min(likeness(path, out, 25)) > 0.98


def test_a_damaged_clip_is_an_error_or_a_video(clips: Clips, tmp_path: Path) -> None:
    data = bytearray(clips.make("testsrc2", sec=2).read_bytes())
    for at in range(3000, len(data) // 2, 97):
        data[at] ^= 0x5A
    path = clips.posing("damaged", bytes(data))
    try:
        made = segment(cut(path), SMALL, tmp_path / "out.mov")
    except (ClipUnreadable, RenderFailed):
        return
    assert times(made.path) == [at / SMALL.fps for at in range(made.frames)]
