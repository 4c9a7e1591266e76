"""What is read of a clip: from when on, how many pictures a second, how many in all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Protocol

from photoai.errors import EditStartsTooLate
from photoai.services.video.canvas import Canvas, common_rate
from photoai.services.video.effects.material import even
from photoai.services.video.facts import ClipFacts
from photoai.services.video.rates import named

SLOWEST_FPS, FASTEST_FPS = Fraction(1), Fraction(60)


class Sample(Protocol):
    """To what every picture is scaled; `pixel_format` is `gray` or `rgb24`, both in full range."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def pixel_format(self) -> str: ...


@dataclass(frozen=True)
class Film:
    """A clip, or what is left of it after `start_sec`, counted from its first picture; at its own
    rate when `fps` is None.

    Raises:
        EditStartsTooLate: nothing is left.
    """

    path: Path
    facts: ClipFacts
    fps: Fraction | None = None
    start_sec: float = 0.0

    def __post_init__(self) -> None:
        if self.start_sec >= self.facts.duration_sec and self.start_sec > 0:
            about = {
                "start_sec": self.start_sec, "duration_sec": round(self.facts.duration_sec, 3),
            }  # fmt: skip
            raise EditStartsTooLate(details=about)

    @cached_property
    def rate(self) -> Fraction:
        """Pictures a second, always as many."""
        return named(self.fps) if self.fps is not None else own_rate(self.facts)

    @property
    def duration_sec(self) -> float:
        return self.facts.duration_sec - self.start_sec

    @property
    def frames(self) -> int:
        """How many pictures there are, at least one: no other number is nearer to the duration."""
        return self.canvas.frames_in(self.duration_sec)

    @property
    def canvas(self) -> Canvas:
        """As a viewer sees it: upright, in square pixels, both sides even."""
        width, height = self.facts.display_size
        return Canvas(even(width), even(height), self.rate)


def own_rate(facts: ClipFacts) -> Fraction:
    """The rate at which every picture of a clip is seen, as far as one from 1 to 60 can be that:
    its own, if it is steady; a whole part of it, if it is too fast; else the usual one that comes
    nearest."""
    video = facts.video
    if not video.constant_rate:
        return common_rate([video.fps])
    return max(SLOWEST_FPS, video.fps / math.ceil(video.fps / FASTEST_FPS))
