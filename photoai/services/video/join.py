"""Segments made into one MP4: the pictures copied, the sound encoded once over the whole.

The time of every frame is written anew from its place: the containers' rounded lengths would let
the frames drift off the grid, and segments that hold frames back differently would go back in
time at their joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photoai.errors import ClipUnreadable, RenderFailed

from . import ffmpeg
from .canvas import Canvas
from .ffmpeg import Report
from .probe import STRANGE, opened
from .render import AAC, PLAIN, SOUNDS


@dataclass(frozen=True)
class Segment:
    """A file made by `render` or `take_as_is`, and its length."""

    path: Path
    frames: int


def join(
    segments: Sequence[Segment],
    out: Path,
    canvas: Canvas,
    *,
    deadline: float,
    report: Report | None = None,
    heard: bool = True,
) -> None:
    """Write `out`, an MP4 with its index at the front; without sound unless it is to be `heard`.

    Raises:
        RenderFailed, RenderOutOfRoom, NotInTime: as `ffmpeg.run`.
    """
    total, heads = sum(segment.frames for segment in segments), [*map(_head, segments)]
    script = out.with_name(f"{out.name}.ffconcat")
    script.write_text(_script(segments, canvas))
    frame = canvas.frame_ticks
    held_back = max(head.held_back_ticks for head in heads) // frame
    # Where they differ, each segment's parameter sets must travel with its pictures.
    in_band = int(len({head.parameter_sets for head in heads}) > 1)
    try:
        ffmpeg.run(
            [
                *ffmpeg.ours(script, "concat", "-safe", "0", "-auto_convert", str(in_band)),
                *("-map", "0:v:0", "-c:v", "copy", "-tag:v", "avc1"),
                "-bsf:v",
                f"setts=pts=round(PTS/{frame})*{frame}:dts=(N-{held_back})*{frame}:duration={frame}",
                *("-video_track_timescale", str(canvas.timescale)),
                *(_sound(canvas.samples_in(total)) if heard else ("-an",)),
                *(*PLAIN, *SOUNDS[AAC], f"file:{out}"),
            ],
            deadline=deadline,
            total_frames=total,
            report=report,
            operation="join",
        )
    except ClipUnreadable as error:  # it is no clip of anybody's, but a file of ours
        raise RenderFailed from error
    finally:
        script.unlink(missing_ok=True)


def _sound(samples: int) -> list[str]:
    exactly = f"asetpts=N/SR/TB,apad=whole_len={samples},atrim=end_sample={samples}"
    return ["-map", "0:a:0", "-af", exactly]


def _script(segments: Sequence[Segment], canvas: Canvas) -> str:
    lines = ["ffconcat version 1.0"]
    for segment in segments:
        quoted = str(segment.path.resolve()).replace("'", "'\\''")
        lines += [f"file '{quoted}'", f"duration {canvas.seconds(segment.frames):.6f}"]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Head:
    """How a segment's picture begins: how long before it is shown its first frame is decoded."""

    held_back_ticks: int
    parameter_sets: bytes


def _head(segment: Segment) -> _Head:
    import av

    try:
        with opened(segment.path, "mp4") as file:
            stream = file.streams.video[0]
            first = next(file.demux(stream))
            held_back = (first.pts or 0) - (first.dts or 0)
            return _Head(held_back, stream.codec_context.extradata or b"")
    except (av.error.FFmpegError, *STRANGE, StopIteration) as error:
        raise RenderFailed from error
