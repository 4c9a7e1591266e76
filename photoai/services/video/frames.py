"""A timeline drawn by MoviePy, picture by picture, for what cannot be said as a filter graph.

MoviePy holds the timeline and its effects. Its reader and writer are not used: they start ffmpeg
unguarded and round frame rates to hundredths. Pictures come from and go to `ffmpeg.py`; the sound
goes through the graph, where all of it can be said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from moviepy import VideoClip

from photoai.errors import ClipUnreadable

from . import ffmpeg
from .canvas import Canvas, rate_text
from .graph import PICTURE, Graph, sound_graph
from .source import CANVAS_COLORS, input_of, on_grid, opening
from .timeline import Cut, Timeline

HALF = 0.5  # a frame is asked for in its middle, where no rounding reaches its neighbours


class Film:
    """A cut's pictures in their own size, upright, on the canvas' grid, read once from the first
    to the last; a picture may be asked for again until a later one is."""

    def __init__(self, cut: Cut, canvas: Canvas, deadline: float) -> None:
        filters, material = opening(cut, canvas)
        self._shape = (material.height, material.width, 3)
        filters += [
            f"scale={material.width}:{material.height}:flags=bicubic+accurate_rnd+full_chroma_int"
            f":in_color_matrix={material.matrix}",
            "format=rgb24",
            *([] if cut.facts.video.fps > canvas.fps else [on_grid(canvas)]),
            "tpad=stop=-1:stop_mode=clone",
        ]
        chain = f"[0:{cut.facts.video.index}]{','.join(filters)}[{PICTURE}]"
        said = Graph(tuple(input_of(cut)), chain, ("-map", f"[{PICTURE}]"))
        raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "pipe:1")
        size_bytes = material.width * material.height * 3
        self.material = material
        self._pieces = ffmpeg.pictures([*said.arguments(), *raw], size_bytes, deadline=deadline)
        self._at, self._picture = -1, b""

    def picture(self, index: int) -> npt.NDArray[Any]:
        """The picture at this place, counted from zero.

        Raises:
            ClipUnreadable: there is none, or it lies behind.
        """
        while self._at < index:
            self._picture = next(self._pieces, b"")
            self._at += 1
        if self._at != index or not self._picture:
            raise ClipUnreadable
        return np.frombuffer(self._picture, np.uint8).reshape(self._shape)

    def close(self) -> None:
        self._pieces.close()


def fed_graph(timeline: Timeline) -> Graph:
    """The graph that encodes what `drawn_pictures` feeds, beside the timeline's sound."""
    canvas, heard = timeline.canvas, sound_graph(timeline)
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{canvas.width}x{canvas.height}")
    fed = ("-r", rate_text(canvas.fps), "-protocol_whitelist", "pipe", "-i", "pipe:0")
    taken = (
        f"[{len(timeline.cuts)}:v]scale=flags=bicubic+accurate_rnd+full_chroma_int"
        f":out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,{CANVAS_COLORS}[{PICTURE}]"
    )
    return Graph(
        (*heard.inputs, *raw, *fed),
        f"{heard.filter_complex};{taken}",
        ("-map", f"[{PICTURE}]", *heard.maps),
    )


def drawn_pictures(timeline: Timeline, deadline: float) -> Iterator[bytes]:
    """Every picture of the timeline as RGB bytes, in order.

    Raises:
        ClipUnreadable, RenderFailed, NotInTime: as `ffmpeg.pictures`.
    """
    films = [Film(cut, timeline.canvas, deadline) for cut in timeline.cuts]
    drawn = drawn_by_moviepy(timeline, films)
    try:
        for index in range(timeline.duration_frames):
            yield drawn.get_frame(float((index + HALF) / timeline.canvas.fps)).tobytes()
    finally:
        for film in films:
            film.close()


def drawn_by_moviepy(timeline: Timeline, films: list[Film]) -> VideoClip:
    """The whole timeline as one clip of MoviePy."""
    from .effects.drawn import Blend

    canvas = timeline.canvas
    clips = [_clip(cut, film, canvas) for cut, film in zip(timeline.cuts, films, strict=True)]
    whole = clips[0]
    for joint, clip in zip(timeline.joints, clips[1:], strict=True):
        start, shared = joint.start_frame, joint.frames
        if joint.transition is None:
            joined = Blend(whole, "crossfade", canvas.fps, start, 0)
        else:
            joined = joint.transition.effect(canvas, whole, start, shared)
        whole = clip.with_effects([joined])
    return whole


def _clip(cut: Cut, film: Film, canvas: Canvas) -> VideoClip:
    """One cut, fitted and with its effects; `film` begins where the cut does."""
    length_sec = canvas.seconds(cut.frames(canvas))
    clip = VideoClip(lambda at: film.picture(int(at * canvas.fps)), duration=length_sec)
    fit = cut.fit.effect(film.material, canvas)
    return clip.with_effects([fit, *(effect.effect() for effect in cut.effects)])
