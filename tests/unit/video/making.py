"""Short words for making videos in tests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from photoai.services.video import ClipFacts, ClipLimits, VideoFacts, probe
from photoai.services.video.canvas import QUALITIES, Canvas, Encoding
from photoai.services.video.join import Segment, join
from photoai.services.video.render import render, take_as_is
from photoai.services.video.timeline import Cut, Timeline
from photoai.services.video.verify import decoded, measured

SMALL = Canvas(320, 180, Fraction(25))


def soon(sec: float = 60) -> float:
    return time.monotonic() + sec


def facts(duration_sec: float, fps: Fraction = Fraction(30), **video_facts: Any) -> ClipFacts:
    """Those of a clip that needs no encoding on a canvas of 1920x1080."""
    video = VideoFacts(
        index=0, codec="h264", profile="High", level=40, pix_fmt="yuv420p", width=1920,
        height=1080, sar=Fraction(1), rotation_deg=0, fps=fps, constant_rate=True, start_sec=0.0,
        duration_sec=duration_sec, frames=round(duration_sec * fps), reorder_depth=2,
        interlaced=False, clean_start=True, color_primaries="bt709", color_transfer="bt709",
        color_space="bt709", color_range="tv", parameter_sets="",
    )  # fmt: skip
    return ClipFacts("mp4", duration_sec, 1000, replace(video, **video_facts))


def cut(path: Path, **wishes: Any) -> Cut:
    return Cut(path, probe(path, ClipLimits()), **wishes)


def encoding(canvas: Canvas, quality: str = "low") -> Encoding:
    return Encoding(QUALITIES[quality], canvas)


def segment(made: Cut, canvas: Canvas, out: Path) -> Segment:
    """The cut, encoded."""
    timeline = Timeline([made], canvas)
    render(timeline, out, encoding(canvas), deadline=soon())
    return Segment(out, timeline.duration_frames)


def copied(path: Path, canvas: Canvas, out: Path) -> Segment:
    """The clip as it is."""
    facts = probe(path, ClipLimits())
    take_as_is(path, facts, canvas, out, deadline=soon())
    return Segment(out, facts.video.frames)


def joined(segments: list[Segment], canvas: Canvas, out: Path) -> Path:
    join(segments, out, canvas, deadline=soon())
    return out


def verify(
    path: Path, canvas: Canvas, frames: int, joints: Sequence[int] = (), quick: bool = True
) -> ClipFacts:
    """All that is checked of a finished video; what it is."""
    facts = measured(path, canvas=canvas, frames=frames)
    decoded(path, canvas=canvas, frames=frames, joints=joints, quick=quick)
    return facts
