"""Cuts of clips, one after the other, on one canvas; all arithmetic, nothing is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .canvas import Canvas
from .effects import Fit, Pad, PictureEffect, Transition
from .facts import ClipFacts


@dataclass(frozen=True)
class Cut:
    """A clip, or a part of it, and how it comes onto the canvas.

    `start_sec` and `end_sec` count from the first picture; `end_sec` None is the clip's end.
    """

    path: Path
    facts: ClipFacts
    start_sec: float = 0.0
    end_sec: float | None = None
    fit: Fit = field(default_factory=Pad)
    effects: Sequence[PictureEffect] = ()

    def frames(self, canvas: Canvas) -> int:
        """How many frames it gives: a whole number, so that picture and sound end together."""
        whole_sec = self.facts.duration_sec
        end_sec = whole_sec if self.end_sec is None else min(self.end_sec, whole_sec)
        return canvas.frames_in(max(0.0, end_sec - self.start_sec))


@dataclass(frozen=True)
class Joint:
    """Where a cut meets the one before: it begins at `start_frame` of the whole, and the two share
    `frames` frames (0: a hard cut)."""

    transition: Transition | None
    start_frame: int
    frames: int


def joints_of(
    lengths: Sequence[int], transitions: Sequence[Transition | None], canvas: Canvas
) -> tuple[Joint, ...]:
    """Where each but the first of several parts of so many frames begins."""
    joints: list[Joint] = []
    end = left = lengths[0]
    for length, transition in zip(lengths[1:], transitions, strict=True):
        shared = transition.frames(canvas, left, length) if transition else 0
        joints.append(Joint(transition if shared else None, end - shared, shared))
        end, left = end - shared + length, length
    return tuple(joints)


@dataclass(frozen=True)
class Timeline:
    """At least one cut; `transitions` are those between them, one fewer than cuts (or none at all).

    Raises:
        ValueError: there is no cut, or the transitions are not as many as the joints.
    """

    cuts: Sequence[Cut]
    canvas: Canvas
    transitions: Sequence[Transition | None] = ()

    def __post_init__(self) -> None:
        if not self.cuts:
            raise ValueError("A timeline has at least one cut.")
        if self.transitions and len(self.transitions) != len(self.cuts) - 1:
            raise ValueError("There is one transition between two cuts.")

    @cached_property
    def joints(self) -> tuple[Joint, ...]:
        """Where each cut but the first begins."""
        lengths = [cut.frames(self.canvas) for cut in self.cuts]
        return joints_of(lengths, self.transitions or [None] * (len(lengths) - 1), self.canvas)

    @cached_property
    def duration_frames(self) -> int:
        """How many frames the whole has."""
        last = self.joints[-1].start_frame if self.joints else 0
        return last + self.cuts[-1].frames(self.canvas)

    @property
    def duration_sec(self) -> float:
        return self.canvas.seconds(self.duration_frames)
