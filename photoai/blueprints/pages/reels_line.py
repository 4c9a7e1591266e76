"""A video's sound and cuts along its time, as SVG wants them: everything in a box that is as wide
as the video is long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

WIDTH, HEIGHT = 1000.0, 100.0
# What is drawn from the bottom to the top, in LUFS: a whisper, and as loud as it gets.
QUIETEST, LOUDEST = -50.0, -5.0
FAINTEST = 2.0  # of sound that is there, in units of HEIGHT


@dataclass(frozen=True)
class Stretch:
    """A part of the video, in units of WIDTH."""

    x: float
    width: float


@dataclass(frozen=True)
class Line:
    """`sound` is the outline of the loudness, symmetrical about the middle: an SVG path, empty
    without sound. `cuts` are places in units of WIDTH."""

    sound: str
    cuts: tuple[float, ...]
    speech_free: tuple[Stretch, ...]
    still: tuple[Stretch, ...]
    black: tuple[Stretch, ...]
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to be seen."""
        return bool(self.sound or self.cuts or self.still or self.black)


def line_of(facts: Mapping[str, Any]) -> Line:
    """What was measured, drawn."""
    scale = WIDTH / max(float(facts["duration_sec"]), 0.001)

    def stretches(parts: Sequence[Mapping[str, float]]) -> tuple[Stretch, ...]:
        return tuple(
            Stretch(
                round(part["start_sec"] * scale, 1),
                round((part["end_sec"] - part["start_sec"]) * scale, 1),
            )
            for part in parts
        )

    return Line(
        sound=_outline(facts["loudness"], scale) if facts["loudness"] else "",
        cuts=tuple(round(sec * scale, 1) for sec in facts["cuts"]),
        speech_free=stretches(facts["speech_free"]) if facts["has_sound"] else (),
        still=stretches(facts["still"]),
        black=stretches(facts["black"]),
    )


def _outline(loudness: Mapping[str, Any], scale: float) -> str:
    """One closed shape for each part between two silences, ends at the middle."""
    step, curve = loudness["every_sec"] * scale, loudness["curve_lufs"]
    shapes = []
    for is_heard, group in groupby(enumerate(curve), key=lambda each: each[1] is not None):
        points = list(group)
        if is_heard:
            shapes.append(_shape([(at, _half(lufs)) for at, lufs in points], step))
    return " ".join(shapes)


def _half(lufs: float) -> float:
    """Half of the outline's height."""
    part = (min(max(lufs, QUIETEST), LOUDEST) - QUIETEST) / (LOUDEST - QUIETEST)
    return max(FAINTEST, part * HEIGHT) / 2


def _shape(points: Sequence[tuple[int, float]], step: float) -> str:
    middle = HEIGHT / 2
    tops = [(min(WIDTH, (at + 0.5) * step), middle - half) for at, half in points]
    bottoms = [(x, 2 * middle - y) for x, y in reversed(tops)]
    left, right = points[0][0] * step, min(WIDTH, (points[-1][0] + 1) * step)
    outline = [(left, middle), *tops, (right, middle), *bottoms]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in outline) + "Z"
