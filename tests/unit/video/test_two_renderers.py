"""Every effect that can be said as a filter and drawn by MoviePy looks the same both ways."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from photoai.services.video import ffmpeg
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import (
    TRANSITIONS,
    Blur,
    Crop,
    Native,
    NoFilter,
    Pad,
    Transition,
)
from photoai.services.video.frames import drawn_pictures, fed_graph
from photoai.services.video.graph import graph
from photoai.services.video.render import LOSSLESS, PLAIN, SOUNDS, render
from photoai.services.video.timeline import Timeline
from tests.support.clips import BT709, Clips, beeps, likeness, pictures, samples, times

from .making import cut, encoding, soon

pytestmark = pytest.mark.slow
CANVAS = Canvas(256, 144, Fraction(30000, 1001))
ALIKE = 0.97


def both_ways(timeline: Timeline, folder: Path) -> tuple[Path, Path]:
    """The timeline as a graph, and drawn by MoviePy."""
    said, drawn = folder / "said.mov", folder / "drawn.mov"
    coding, deadline = encoding(CANVAS, "ultra"), soon()
    render(timeline, said, coding, deadline=deadline)
    ffmpeg.run(
        [
            *fed_graph(timeline).arguments(),
            *coding.arguments(),
            *PLAIN,
            *SOUNDS[LOSSLESS],
            str(drawn),
        ],
        deadline=deadline,
        feed=drawn_pictures(timeline, deadline),
    )
    return said, drawn


def assert_same(timeline: Timeline, folder: Path) -> None:
    said, drawn = both_ways(timeline, folder)
    assert times(said) == times(drawn)
    assert len(times(said)) == timeline.duration_frames
    assert beeps(said) == beeps(drawn)
    assert len(samples(said)) == len(samples(drawn))
    assert min(likeness(said, drawn, 30)) >= ALIKE


@pytest.mark.parametrize("fit", [Pad("#ff8800"), Pad(), Crop(), Blur()], ids=repr)
@pytest.mark.parametrize(
    "wishes",
    [
        {"size": "200x300"},
        {"size": "322x100"},
        {"size": "181x145", "filters": "setparams=colorspace=smpte170m,setsar=16/11"},
    ],
    ids=["upright", "wide", "standard"],
)
def test_every_fit(clips: Clips, tmp_path: Path, fit: Any, wishes: dict[str, str]) -> None:
    odd = {"video": ("-c:v", "libx264", "-pix_fmt", "yuv444p")} if "181" in wishes["size"] else {}
    path = clips.make("testsrc2", **wishes, **odd)
    assert_same(Timeline([cut(path, fit=fit)], CANVAS), tmp_path)


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_every_transition(clips: Clips, tmp_path: Path, kind: str) -> None:
    before = cut(clips.make("testsrc2", fps="30"))
    after = cut(
        clips.make("testsrc2", fps="24", filters=f"hflip,vflip,{BT709}", size="320x200", sec=1.2)
    )
    assert_same(Timeline([before, after], CANVAS, [Transition(kind, 0.5)]), tmp_path)


def test_parts_hard_cuts_and_turned_clips(clips: Clips, tmp_path: Path) -> None:
    path = clips.make("testsrc2", fps="50", sec=2)
    turned = cut(clips.turned(clips.make("testsrc2", size="180x320"), 90))
    part = cut(path, start_sec=0.5, end_sec=1.3)
    timeline = Timeline([part, turned, part], CANVAS, [None, Transition("crossfade", 0.3)])
    assert_same(timeline, tmp_path)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_light(clips: Clips, tmp_path: Path, transfer: str) -> None:
    assert_same(Timeline([cut(clips.hdr("testsrc2", transfer))], CANVAS), tmp_path)


def test_an_effect_without_a_filter_is_drawn(clips: Clips, tmp_path: Path) -> None:
    path = clips.make("testsrc2", size="256x144", fps="30000/1001")
    plain = Timeline([cut(path)], CANVAS)
    mirrored = Timeline([cut(path, effects=[Native("MirrorX")])], CANVAS)
    with pytest.raises(NoFilter):
        graph(mirrored)
    one, other = tmp_path / "plain.mov", tmp_path / "mirrored.mov"
    told: list[float] = []
    render(plain, one, encoding(CANVAS, "ultra"), deadline=soon())
    tell = lambda part, eta: told.append(part)  # noqa: E731
    render(mirrored, other, encoding(CANVAS, "ultra"), deadline=soon(), report=tell)
    assert told[-1] == pytest.approx(1)
    for straight, turned in zip(pictures(one), pictures(other), strict=True):
        assert abs(straight[:, ::-1].astype(int) - turned).mean() < 4
    assert beeps(one) == beeps(other)
