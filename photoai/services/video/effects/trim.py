"""A part of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moviepy.Effect import Effect


@dataclass(frozen=True)
class Trim:
    """From `start_sec` to `end_sec` of what came before; to its end when that is None."""

    start_sec: float = 0.0
    end_sec: float | None = None

    def length_sec(self, whole_sec: float) -> float:
        """How long the part is, of a whole that is so long."""
        end_sec = whole_sec if self.end_sec is None else min(self.end_sec, whole_sec)
        return max(0.0, end_sec - self.start_sec)

    def filters(self) -> str:
        end = "" if self.end_sec is None else f":end={self.end_sec:.6f}"
        return f"trim=start={self.start_sec:.6f}{end},setpts=PTS-STARTPTS"

    def effect(self) -> Effect:
        from .drawn import Part

        return Part(self.start_sec, self.end_sec)
