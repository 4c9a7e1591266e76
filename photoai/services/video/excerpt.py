"""A part of a clip that fits: its very pictures, from one that decodes from nothing up to another
of the kind or to the end."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from photoai.errors import RenderFailed

from . import ffmpeg
from .canvas import Canvas
from .facts import ClipFacts
from .graph import sound_graph
from .probe import opened
from .remux import put_on_grid
from .render import LOSSLESS, PLAIN, SOUNDS, said_colors
from .timeline import Cut, Timeline

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer


def take_excerpt(
    path: Path,
    facts: ClipFacts,
    canvas: Canvas,
    out: Path,
    *,
    start: int,
    end: int,
    deadline: float,
) -> None:
    """A segment of a clip that `matches`: its frames from `start`, one of its `fresh_frames`, up to
    `end`, another or how many it has; its sound decoded.

    Raises:
        RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """
    to_the_end = end >= facts.video.frames
    cut = Cut(
        path,
        facts,
        start_sec=canvas.seconds(start),
        end_sec=None if to_the_end else canvas.seconds(end),
    )
    silent = out.with_name(f"{out.name}.pictures")
    try:
        _pictures(path, facts, canvas, silent, start, end)
        said = sound_graph(Timeline([cut], canvas))
        tagged = [word for tags in said_colors(facts.video) for word in ("-bsf:v", tags)]
        picture = f"{said.inputs.count('-i')}:v:0"
        ffmpeg.run(
            [
                *("-copyts", *said.inputs, *ffmpeg.ours(silent, "mov")),
                *("-filter_complex", said.filter_complex, "-map", picture, *said.maps),
                *("-c:v", "copy", *tagged, "-tag:v", "avc1"),
                *("-video_track_timescale", str(canvas.timescale)),
                *(*PLAIN, *SOUNDS[LOSSLESS], f"file:{out}"),
            ],
            deadline=deadline,
            total_frames=end - start,
        )
    finally:
        silent.unlink(missing_ok=True)


def _pictures(
    path: Path, facts: ClipFacts, canvas: Canvas, out: Path, start: int, end: int
) -> None:
    import av

    options = {"video_track_timescale": str(canvas.timescale)}
    try:
        with (
            opened(path, facts.container) as clip,
            av.open(str(out), "w", format="mov", options=options) as made,
        ):
            _copy(clip, made, facts, canvas, start, end)
    except (av.error.FFmpegError, ValueError) as error:
        raise RenderFailed from error


def _copy(
    clip: InputContainer,
    made: OutputContainer,
    facts: ClipFacts,
    canvas: Canvas,
    start: int,
    end: int,
) -> None:
    """What is decoded after a frame that decodes from nothing is also shown after it: counting
    packets is counting frames."""
    video = facts.video
    stream = clip.streams[video.index]
    track = made.add_stream_from_template(stream)
    ticks, parts = (stream.time_base or Fraction(1)).as_integer_ratio()
    packets = (packet for packet in clip.demux(stream) if packet.size)
    for at, packet in enumerate(packets):
        if at >= end:
            break
        if at < start:
            continue
        shown_sec = (packet.pts or 0) * ticks / parts - video.start_sec
        packet.stream = track
        shown = round(shown_sec * canvas.fps) - start
        put_on_grid(packet, canvas, shown=shown, decoded=at - start - video.reorder_depth)
        made.mux(packet)
