"""How somebody wishes to see a video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, BinaryIO

from photoai.services.ascii import Look


class Pace(StrEnum):
    CLOCK = "clock"  # the video's own; who is slow sees fewer pictures
    MAX = "max"  # as fast as they are taken; every one of them


class Form(StrEnum):
    TEXT = "text"  # JSON
    BINARY = "binary"  # for a canvas


@dataclass(frozen=True)
class ViewOrder:
    """At the video's own rate when `fps` is None."""

    look: Look
    fps: Fraction | None = None
    pace: Pace = Pace.CLOCK
    form: Form = Form.TEXT
    start_sec: float = 0.0


@dataclass(frozen=True)
class Footage:
    """A video to be seen: its open file, and what is known of it. `said` is `kind`, `mime` and
    `facts`, as of an upload; `most_sec` how long it may be, where that is less than usual."""

    data: BinaryIO
    sha256: str
    said: Mapping[str, Any]
    most_sec: float | None = None


@dataclass(frozen=True)
class Seen:
    """What a video looks like: its size in characters, those it is made of, dark to light, its
    pictures a second and in all, and the size of the picture it was, in pixels."""

    columns: int
    rows: int
    charset: str
    fps: Fraction
    frames: int
    duration_sec: float
    width: int
    height: int

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Seen:
        return cls(**{**said, "fps": Fraction(said["fps"])})
