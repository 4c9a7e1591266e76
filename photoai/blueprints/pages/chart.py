"""The chart of requests by day, as SVG wants it: widths in per cent, so that texts keep their size
on every screen, heights in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from photoai.services.statistics import Bucket, Edge, Tally

HEIGHT, FOOT = 180, 24  # of the bars, and of the labels below them
MOST_LABELS = 7  # that fit beside each other on a phone
LINES = 4  # at most, above the ground
FILLED = 0.72  # of a day's width


@dataclass(frozen=True)
class Bar:
    """A day's requests: those that failed stand on top. Heights in px, widths in per cent."""

    day: Edge
    tally: Tally
    left: float
    middle: float
    width: float
    good_y: float
    good_height: float
    bad_y: float
    bad_height: float
    has_label: bool


@dataclass(frozen=True)
class Line:
    """A line across the chart at a number of requests."""

    requests: int
    y: float


@dataclass(frozen=True)
class Chart:
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    height: int = HEIGHT
    foot: int = FOOT


def chart_of(days: Sequence[Bucket]) -> Chart:
    """The days in order as bars. Every day has its place, those without requests too."""
    step = step_for(max((day.tally.requests for day in days), default=0))
    most = max((day.tally.requests for day in days), default=0)
    top = step * max(1, math.ceil(most / step))
    lines = tuple(
        Line(number, round(HEIGHT * (1 - number / top), 2)) for number in range(0, top + 1, step)
    )
    width = 100 / max(1, len(days))
    every = math.ceil(len(days) / MOST_LABELS)
    # The last day, today, always has its label.
    bars = tuple(
        _bar(day, index * width, width, top, has_label=(len(days) - 1 - index) % every == 0)
        for index, day in enumerate(days)
    )
    return Chart(bars, lines)


def step_for(most: int) -> int:
    """How far lines stand apart: 1, 2 or 5 times a power of ten, at most `LINES` of them."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * LINES >= most:
                return factor * power
        power *= 10


def _bar(day: Bucket, left: float, width: float, top: int, *, has_label: bool) -> Bar:
    good, bad = (
        round(HEIGHT * number / top, 2) for number in (day.tally.success, day.tally.errors)
    )
    return Bar(
        day=day.start,
        tally=day.tally,
        left=round(left + width * (1 - FILLED) / 2, 3),
        middle=round(left + width / 2, 3),
        width=round(width * FILLED, 3),
        good_y=round(HEIGHT - good, 2),
        good_height=good,
        bad_y=round(HEIGHT - good - bad, 2),
        bad_height=bad,
        has_label=has_label,
    )
