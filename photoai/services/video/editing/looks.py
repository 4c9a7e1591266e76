"""What is made of one file by looking at it: one of its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from photoai.errors import EditStartsTooLate
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects.material import even

from .film import film_of
from .inputs import Input

# Where a video is usually no longer black.
USUALLY_AT = 0.1


@dataclass(frozen=True)
class Thumbnail:
    """The picture shown at `at_sec`; `format` is jpeg, png or webp."""

    at_sec: float | None = None
    width: int | None = None
    format: str = "jpeg"

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Thumbnail:
        return cls(**config)

    def canvas(self, given: Input) -> Canvas:
        """What it is drawn on. Raises EditFileUnfit, EditStartsTooLate."""
        film = film_of(given)
        self.moment_sec(given)
        if self.width is None:
            return film.canvas
        width = even(self.width)
        height = even(width * film.canvas.height / film.canvas.width)
        return Canvas(width, height, film.canvas.fps)

    def moment_sec(self, given: Input) -> float:
        """Raises EditFileUnfit, EditStartsTooLate"""
        long_sec = given.clip.duration_sec
        if self.at_sec is None:
            return long_sec * USUALLY_AT
        if self.at_sec >= long_sec:
            about = {"start_sec": self.at_sec, "duration_sec": round(long_sec, 3)}
            raise EditStartsTooLate(details=about)
        return self.at_sec
