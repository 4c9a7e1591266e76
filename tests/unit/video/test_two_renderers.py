"""Every effect that can be said as a filter and drawn by MoviePy looks the same both ways."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoai.services.video import ffmpeg
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import (
    TRANSITIONS,
    Blur,
    ChromaKey,
    Crop,
    Material,
    Native,
    NoFilter,
    Overlay,
    Pad,
    Transition,
    Whole,
)
from photoai.services.video.effects.fits import Box
from photoai.services.video.effects.overlays import scaled
from photoai.services.video.frames import Film, drawn_by_moviepy, drawn_pictures, fed_graph
from photoai.services.video.graph import graph
from photoai.services.video.render import LOSSLESS, PLAIN, SOUNDS, render
from photoai.services.video.source import input_of, picture
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


@pytest.mark.parametrize("fit", [Pad("#ff8800"), Pad(), Crop(), Blur(), Whole()], ids=repr)
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


@pytest.mark.parametrize(
    ("opacity", "key", "moves", "place"),
    [
        (1.0, None, False, (30, 20)),
        (0.4, None, True, (-22, 78)),
        (1.0, ChromaKey("#00ff00", 0.2, 0.1), True, (64, 36)),
        (0.7, ChromaKey("#2040ff", 0.1, 0.3), False, (160, -10)),
    ],
    ids=["still", "faint", "green", "blue"],
)
def test_every_overlay(
    clips: Clips, tmp_path: Path, opacity: float, key: Any, moves: bool, place: tuple[int, int]
) -> None:
    """At even places: at odd ones its colours are half a sample of theirs off."""
    box, frames = Box(*place, 128, 72), 60
    over = Overlay(box, 10, 50 if moves else 45, opacity, key, moves)
    base = clips.make("testsrc2", sec=2, fps="30", size="256x144", filters=f"negate,{BT709}")
    painted = _painted(box, 40 if moves else 1)
    said, drawn = tmp_path / "said.mov", tmp_path / "drawn.mov"
    canvas = Canvas(256, 144, Fraction(30))
    coding, deadline = encoding(canvas, "ultra").arguments(), soon()

    raw = tmp_path / "over.rgba"
    raw.write_bytes(b"".join(picture.tobytes() for picture in painted))
    pixels = ("-pixel_format", "rgba", "-video_size", "128x72", "-framerate", "30")
    sized = scaled(Material(128, 72), 128, 72)
    shift = [f"setpts=PTS+{over.start}"] if moves else []
    chain = ",".join([*sized, *over.alpha_filters(), *shift])
    below = picture(cut(base, fit=Whole()), canvas, "0:0", "below")
    laid = f"{below};[1:v]{chain}[over];[below][over]{over.filters()}[out]"
    inputs = ["-copyts", *input_of(cut(base)), *ffmpeg.ours(raw, "rawvideo", *pixels)]
    out = ("-map", "[out]", *coding, *PLAIN, "-an", "-f", "mov")
    ffmpeg.run([*inputs, "-filter_complex", laid, *out, str(said)], deadline=deadline)

    timeline = Timeline([cut(base, fit=Whole())], canvas)
    film = Film(timeline.cuts[0], canvas, deadline)
    clip = drawn_by_moviepy(timeline, [film]).with_fps(30)
    laid_over = clip.with_effects([over.effect(lambda at: painted[at])])
    feed = (laid_over.get_frame((at + 0.5) / 30).tobytes() for at in range(frames))
    given = fed_graph(timeline)
    ffmpeg.run(
        [*given.arguments(), *coding, *PLAIN, *SOUNDS[LOSSLESS], str(drawn)],
        deadline=deadline,
        feed=feed,
    )
    assert len(times(said)) == len(times(drawn)) == frames
    assert min(likeness(said, drawn, 30)) >= ALIKE
    plain = tmp_path / "plain.mov"
    render(timeline, plain, encoding(canvas, "ultra"), deadline=soon())
    assert likeness(said, plain, 30)[0] < ALIKE  # it is seen at all


def _painted(box: Box, frames: int) -> list[Any]:
    """Stripes of key colours and others that move, clearer towards the right."""
    across, down = np.meshgrid(np.arange(box.width), np.arange(box.height))
    paints = np.array([(0, 255, 0), (255, 40, 40), (32, 64, 255), (240, 240, 240)], np.uint8)
    alpha = (255 - across).astype(np.uint8)
    return [
        np.dstack([paints[((across + down + 4 * at) // 16) % 4], alpha]) for at in range(frames)
    ]
