"""The pieces of a merge made into segments, each once for as long as the cache remembers it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .arrivals import Clip
from .canvas import QUALITIES, Canvas, Encoding, rate_text
from .effects import FIT_NAMED, Transition
from .excerpt import take_excerpt
from .ffmpeg import ffmpeg_version
from .join import Segment
from .plan import COPY, ENCODE, Piece, Stretch
from .render import render, take_as_is
from .segments import Segments, segment_key
from .settings import RECIPE, MergeSettings
from .timeline import Cut, Timeline


@dataclass
class Work:
    """What was really done, and how long the encoder took for it."""

    encoded_frames: int = 0
    encode_sec: float = 0.0
    segments: dict[str, Segment] = field(default_factory=dict)


class Preparing:
    """`report(frames)` is told how many frames of the piece at hand are done."""

    def __init__(
        self,
        segments: Segments,
        folder: Path,
        settings: MergeSettings,
        deadline: float,
        report: Callable[[float], None],
    ) -> None:
        self._segments = segments
        self._folder = folder
        self._settings = settings
        self._deadline = deadline
        self._report = report
        self._found: set[str] = set()  # keys of segments that had been made before
        self.work = Work()

    def segment(self, piece: Piece, canvas: Canvas, clips: Mapping[int, Clip]) -> Segment:
        """The piece, made unless somebody has made it before. Raises PhotoaiError: it cannot be."""
        key = segment_key(self._known_by(piece, canvas, clips))
        if key not in self.work.segments:
            path = self._folder / f"{key}.mov"
            was_there = self._segments.take(
                key, path, lambda out: self._made(piece, canvas, clips, out),
                deadline=self._deadline,
            )  # fmt: skip
            if was_there:
                self._found.add(key)
            self.work.segments[key] = Segment(path, piece.frames)
        self._report(piece.frames)
        return self.work.segments[key]

    def distrust_the_cache(self) -> bool:
        """What was found there is dropped, to be made anew; whether there was anything."""
        for key in self._found:
            segment = self.work.segments.pop(key)
            self._segments.drop(key, segment.path)
            segment.path.unlink()
        found, self._found = self._found, set()
        return bool(found)

    def _known_by(self, piece: Piece, canvas: Canvas, clips: Mapping[int, Clip]) -> dict[str, Any]:
        """All that its pictures and sound depend on. What is copied does not depend on how others
        are encoded, and a clip alone not on how it meets others."""
        of = {
            "recipe": RECIPE,
            "ffmpeg": ffmpeg_version(),
            "action": piece.action,
            "canvas": [canvas.width, canvas.height, rate_text(canvas.fps)],
            "stretches": [
                [clips[each.clip].sha256, each.start, each.end] for each in piece.stretches
            ],
        }
        if piece.action == ENCODE:
            look = self._settings.canonical()
            of |= {name: look[name] for name in ("quality", "fit", "background")}
        if len(piece.stretches) > 1:
            of["transition"] = self._settings.transition
        return of

    def _made(self, piece: Piece, canvas: Canvas, clips: Mapping[int, Clip], out: Path) -> None:
        clip = clips[piece.stretches[0].clip]
        if piece.action == COPY:
            self._copied(piece.stretches[0], canvas, clip, out)
            return
        began = time.monotonic()
        render(
            self._timeline(piece, canvas, clips),
            out,
            Encoding(QUALITIES[self._settings.quality], canvas),
            deadline=self._deadline,
            report=lambda fraction, _: self._report(fraction * piece.frames),
        )
        self.work.encode_sec += time.monotonic() - began
        self.work.encoded_frames += piece.frames

    def _copied(self, stretch: Stretch, canvas: Canvas, clip: Clip, out: Path) -> None:
        if stretch.frames == clip.facts.video.frames:
            take_as_is(clip.path, clip.facts, canvas, out, deadline=self._deadline)
            return
        take_excerpt(
            clip.path, clip.facts, canvas, out,
            start=stretch.start, end=stretch.end, deadline=self._deadline,
        )  # fmt: skip

    def _timeline(self, piece: Piece, canvas: Canvas, clips: Mapping[int, Clip]) -> Timeline:
        cuts = [self._cut(each, canvas, clips[each.clip]) for each in piece.stretches]
        if len(cuts) == 1:
            return Timeline(cuts, canvas)
        seconds = canvas.seconds(piece.frames)
        return Timeline(cuts, canvas, [Transition(self._settings.transition, seconds, whole=True)])

    def _cut(self, stretch: Stretch, canvas: Canvas, clip: Clip) -> Cut:
        to_the_end = stretch.end >= canvas.frames_in(clip.facts.duration_sec)
        return Cut(
            clip.path,
            clip.facts,
            start_sec=canvas.seconds(stretch.start),
            end_sec=None if to_the_end else canvas.seconds(stretch.end),
            fit=FIT_NAMED[self._settings.fit](self._settings.background),
        )
