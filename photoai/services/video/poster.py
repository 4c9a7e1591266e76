"""One picture of a video."""

from __future__ import annotations

from pathlib import Path

from . import ffmpeg
from .canvas import Canvas
from .effects.material import even
from .facts import ClipFacts
from .graph import Graph
from .source import input_of, opening
from .timeline import Cut

SHARP = "3"  # of ffmpeg's JPEG qualities, 2 (best) to 31


def poster(
    path: Path,
    facts: ClipFacts,
    out_jpeg: Path,
    *,
    at_sec: float,
    max_side_px: int,
    deadline: float,
    keyframe: bool = False,
) -> None:
    """Write the picture shown at `at_sec`, upright, in square pixels and ordinary light, no side
    over `max_side_px`, as a JPEG. After the end it is the last one but a moment. A `keyframe` is
    the nearest one before that moment, for which no other picture has to be decoded.

    Raises:
        RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """
    width, height = facts.display_size
    shrink = min(1.0, max_side_px / max(width, height))
    canvas = Canvas(even(width * shrink), even(height * shrink), facts.video.fps)
    last_sec = max(0.0, facts.duration_sec - 1.5 / float(facts.video.fps))
    moment_sec = min(max(at_sec, 0.0), last_sec)
    cut = Cut(path, facts, start_sec=0.0 if keyframe else moment_sec)
    filters, material = opening(cut, canvas)
    if not keyframe:
        filters.append("trim=start=0")
    shown = f"{material.scaled(canvas.width, canvas.height)},scale=out_range=pc"
    chain = f"[0:{facts.video.index}]{','.join([*filters, shown])},format=yuvj420p[picture]"
    source = _from_keyframe(path, facts, moment_sec) if keyframe else input_of(cut)
    said = Graph(tuple(source), chain, ("-map", "[picture]"))
    one = ("-frames:v", "1", "-c:v", "mjpeg", "-q:v", SHARP, "-f", "image2", "-update", "1")
    ffmpeg.run([*said.arguments(), *one, f"file:{out_jpeg}"], deadline=deadline)


def _from_keyframe(path: Path, facts: ClipFacts, at_sec: float) -> list[str]:
    moment_sec = facts.video.start_sec + at_sec
    options = ("-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{moment_sec:.6f}")
    return ffmpeg.strangers(path, facts.container, *options)
