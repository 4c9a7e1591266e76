"""What a merge does to each clip, decided from what is known of the clips; nothing runs here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from photoai.errors import ClipTooLong

from .canvas import Canvas, canvas_of
from .effects import Transition
from .facts import ClipFacts
from .render import matches
from .settings import NO_TRANSITION, MergeSettings

COPY, ENCODE, MIXED = "copy", "encode", "mixed"
JOINED = "transition"
LEAST_COPIED_SEC = 1.0  # less is as soon encoded


@dataclass(frozen=True)
class ClipPlan:
    """What happens to one clip, and why it cannot be copied; `frames` of the canvas' rate."""

    index: int
    action: str
    reason: str | None
    frames: int


@dataclass(frozen=True)
class Stretch:
    """A part of one clip: its frames from `start` up to `end`."""

    clip: int
    start: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Piece:
    """A part of the video that is prepared by itself: a stretch of one clip, or two that become
    one another."""

    stretches: tuple[Stretch, ...]
    action: str

    @property
    def frames(self) -> int:
        return min(stretch.frames for stretch in self.stretches)


@dataclass(frozen=True)
class MergePlan:
    canvas: Canvas
    clips: tuple[ClipPlan, ...]
    pieces: tuple[Piece, ...]

    @property
    def mode(self) -> str:
        actions = {piece.action for piece in self.pieces}
        return actions.pop() if len(actions) == 1 else MIXED

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)

    @property
    def encoded_frames(self) -> int:
        return sum(piece.frames for piece in self.pieces if piece.action == ENCODE)

    def check_length(self, max_duration_sec: float) -> None:
        """Raises ClipTooLong: the video would be longer."""
        seconds = self.canvas.seconds(self.frames)
        if seconds > max_duration_sec:
            about = {"duration_sec": round(seconds, 1), "max_duration_sec": max_duration_sec}
            raise ClipTooLong(details=about)

    def as_json(self) -> dict[str, Any]:
        canvas = self.canvas
        return {
            "canvas": {
                "width": canvas.width, "height": canvas.height, "fps": round(float(canvas.fps), 3),
            },
            "mode": self.mode,
            "duration_sec": round(canvas.seconds(self.frames), 3),
            "encoded_megapixels": self.encoded_frames * canvas.width * canvas.height / 1e6,
            "clips": [
                {
                    "index": clip.index,
                    "action": clip.action,
                    "reason": clip.reason,
                    "duration_sec": round(canvas.seconds(clip.frames), 3),
                }
                for clip in self.clips
            ],
        }  # fmt: skip


def plan_merge(
    clips: Sequence[ClipFacts], settings: MergeSettings, canvas: Canvas | None = None
) -> MergePlan:
    """The canvas all clips are put on, unless it is given, and what becomes of each of them."""
    canvas = canvas or canvas_of(settings.aspect_ratio, [clip.video.fps for clip in clips])
    frames = [canvas.frames_in(clip.duration_sec) for clip in clips]
    joints = _joints(frames, canvas, settings)
    unfit = [matches(clip, canvas) for clip in clips]
    planned = tuple(
        _clip_plan(index, frames[index], JOINED if any(joints[index : index + 2]) else unfit[index])
        for index in range(len(clips))
    )
    fresh = [
        () if reason else clip.video.fresh_frames for clip, reason in zip(clips, unfit, strict=True)
    ]
    return MergePlan(canvas, planned, tuple(_pieces(planned, joints, fresh, canvas)))


def _joints(frames: Sequence[int], canvas: Canvas, settings: MergeSettings) -> list[int]:
    """How many frames each clip shares with the one before it, and the last one with nothing."""
    if settings.transition == NO_TRANSITION:
        return [0] * (len(frames) + 1)
    transition = Transition(settings.transition, settings.transition_sec)
    return [0, *(transition.frames(canvas, *two) for two in pairwise(frames)), 0]


def _clip_plan(index: int, frames: int, reason: str | None) -> ClipPlan:
    return ClipPlan(index, ENCODE if reason else COPY, reason, frames)


def _pieces(
    clips: Sequence[ClipPlan],
    joints: Sequence[int],
    fresh: Sequence[Sequence[int]],
    canvas: Canvas,
) -> Iterator[Piece]:
    """In their order on the timeline; `joints[i]` frames are shared by clips i-1 and i. What a
    transition does not touch of a clip that fits is copied between two of its `fresh` frames."""
    for clip, before, after in zip(clips, joints, joints[1:], strict=False):
        if before:
            earlier = clips[clip.index - 1]
            tail = Stretch(earlier.index, earlier.frames - before, earlier.frames)
            yield Piece((tail, Stretch(clip.index, 0, before)), ENCODE)
        if clip.frames > before + after:
            alone = Stretch(clip.index, before, clip.frames - after)
            if clip.action == COPY:
                yield Piece((alone,), COPY)
            else:
                yield from pieces_of(alone, [*fresh[clip.index], clip.frames], canvas)


def pieces_of(stretch: Stretch, bounds: Sequence[int], canvas: Canvas) -> Iterator[Piece]:
    """Pieces of a stretch that is encoded but for what lies between two of the `bounds`."""
    inside = [at for at in bounds if stretch.start <= at <= stretch.end]
    if len(inside) < 2 or inside[-1] - inside[0] < LEAST_COPIED_SEC * canvas.fps:
        yield Piece((stretch,), ENCODE)
        return
    edges = [stretch.start, inside[0], inside[-1], stretch.end]
    for (start, end), action in zip(pairwise(edges), (ENCODE, COPY, ENCODE), strict=True):
        if end > start:
            yield Piece((Stretch(stretch.clip, start, end),), action)
