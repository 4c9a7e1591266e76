"""Operations that begin an order and are done by themselves, because most of what they need can be
copied: a merge, a part of a video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import Whole
from photoai.services.video.facts import AudioFacts, ClipFacts, VideoFacts
from photoai.services.video.holding import can_be_snipped
from photoai.services.video.plan import COPY, MergePlan, Piece, Stretch, pieces_of, plan_merge
from photoai.services.video.render import matches
from photoai.services.video.settings import MergeSettings
from photoai.services.video.timeline import Cut

from .edits import Operation
from .film import Film, Take
from .inputs import Input
from .join import Join
from .trim import Range, Trim, frames_between

MADE = -1  # the seats of what was made on the way begin with it
LEAD_SEAT = (MADE, 0)


@dataclass(frozen=True)
class Merge:
    """`clips` become one video as merges do."""

    clips: tuple[Input, ...]
    settings: MergeSettings
    plan: MergePlan


@dataclass(frozen=True)
class Excerpt:
    """What lies between two fresh frames is copied, the rest encoded."""

    take: Take
    canvas: Canvas
    pieces: tuple[Piece, ...]
    heard: bool

    @property
    def joints(self) -> list[int]:
        """Before which frames two pieces meet."""
        return [*accumulate(piece.frames for piece in self.pieces)][:-1]


@dataclass(frozen=True)
class Snippet:
    """All of it is copied, from the fresh frame at or before its first."""

    take: Take
    kept: Range
    canvas: Canvas


Lead: TypeAlias = Merge | Excerpt | Snippet


def lead_of(first: Operation, film: Film, quality: str) -> tuple[Lead, Film] | None:
    """How the first operation upon its film can be done by itself, and the film as it is then; None
    if there is nothing to be won.

    Raises:
        PhotoaiError: it cannot be done at all.
    """
    if isinstance(first.edit, Trim):
        return _cut(first.edit, film, film.untouched) if film.untouched else None
    after = first.edit.upon(film, first.added, 0)
    if isinstance(first.edit, Join):
        settings = first.edit.settings(quality)
        plan = plan_merge([given.clip for given in first.inputs], settings)
        merge = Merge(first.inputs, settings, plan)
        return merge, made(after, imagined(plan.canvas, plan.frames))
    return None


def _cut(edit: Trim, film: Film, take: Take) -> tuple[Lead, Film] | None:
    if frames_between(film, edit.start_sec, edit.end_sec).frames == film.frames:
        return None  # nothing is cut
    kept, canvas = edit.range_of(take, film), film.canvas
    after = edit.cut(film, kept)
    if not edit.precise and can_be_snipped(take.facts):
        video = replace(take.facts.video, start_sec=0.0, duration_sec=after.duration_sec)
        facts = replace(take.facts, video=video, duration_sec=after.duration_sec)
        return Snippet(take, kept, canvas), made(after, facts)
    if matches(take.facts, canvas) is not None:
        return None
    pieces = tuple(_pieces(take.facts, kept, canvas))
    if not any(piece.action == COPY for piece in pieces):
        return None
    heard = take.facts.audio is not None
    facts = imagined(canvas, after.frames, heard=heard)
    return Excerpt(take, canvas, pieces, heard), made(after, facts)


def _pieces(facts: ClipFacts, kept: Range, canvas: Canvas) -> Iterator[Piece]:
    bounds = [*facts.video.fresh_frames, facts.video.frames]
    yield from pieces_of(Stretch(0, kept.start, kept.end), sorted({*bounds}), canvas)


def made(after: Film, facts: ClipFacts, path: Path = Path(), between: int = 0) -> Film:
    """The film once it, or what leads to it, is a file with these facts; `between` tells apart what
    is made on the way."""
    take = Take((MADE, between), Cut(path, facts, fit=Whole()))
    frames = after.canvas.frames_in(facts.duration_sec)
    sound = take if facts.audio else None
    return replace(after, frames=frames, picture=take, sound=sound, reason=None)


def imagined(canvas: Canvas, frames: int, *, heard: bool = True) -> ClipFacts:
    """What is known of a video on a canvas before it is made."""
    sec = canvas.seconds(frames)
    video = VideoFacts(
        index=0, codec="h264", profile="High", level=40, pix_fmt="yuv420p", width=canvas.width,
        height=canvas.height, sar=Fraction(1), rotation_deg=0, fps=canvas.fps, constant_rate=True,
        start_sec=0.0, duration_sec=sec, frames=frames, reorder_depth=2, interlaced=False,
        clean_start=True, color_primaries="bt709", color_transfer="bt709", color_space="bt709",
        color_range="tv", parameter_sets="",
    )  # fmt: skip
    sound = AudioFacts(1, "aac", "LC", 48000, 2, 0.0, sec) if heard else None
    return ClipFacts("mp4", sec, 0, video, sound, int(heard))
