"""Short words for making videos in tests."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from photoai.services.video import ClipLimits, probe
from photoai.services.video.canvas import QUALITIES, Canvas, Encoding
from photoai.services.video.join import Segment, join
from photoai.services.video.render import render, take_as_is
from photoai.services.video.timeline import Cut, Timeline

SMALL = Canvas(320, 180, Fraction(25))


def soon(sec: float = 60) -> float:
    return time.monotonic() + sec


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
