"""Frame rates: those that are usual, and which one a row of times is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

NTSC = [Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)]
USUAL = sorted([*NTSC, *map(Fraction, (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 100, 120, 240))])
SAME = 0.002  # rates that differ by less are one rate, badly written
HIGHEST = 1000
CLOCK_SEC = 0.0015  # the coarsest clock of a container: milliseconds


def usual(rate: float | Fraction, among: Sequence[Fraction] = USUAL) -> Fraction:
    """The nearest of the usual rates; `among` is sorted."""
    at = bisect_left(among, rate)
    return min(among[max(0, at - 1) : at + 1], key=lambda known: abs(float(known) - float(rate)))


def named(rate: float | Fraction) -> Fraction:
    """`rate` as one of the usual ones if it is nearly that, else itself."""
    nearest = usual(rate)
    if abs(float(nearest) - float(rate)) <= nearest * SAME:
        return nearest
    return max(Fraction(1, 60), Fraction(rate).limit_denominator(1001))


def rate_of(
    times_sec: Sequence[float], claims: Sequence[Fraction], clock_sec: float
) -> tuple[Fraction, bool]:
    """The rate of frames shown at these times (sorted), and whether all of them stand on its grid.

    `claims` are what the container says, believed in their order if the times agree; `clock_sec`
    is the container's tick. With no rate that fits all, it is the one most frames keep.
    """
    sane = [named(claim) for claim in claims if 0 < claim <= HIGHEST]
    if len(times_sec) < 2:
        return (sane[0] if sane else Fraction(25)), True
    steps = [b - a for a, b in pairwise(times_sec) if b > a]
    if not steps:
        return (sane[0] if sane else Fraction(25)), False
    mean = named(1 / (sum(steps) / len(steps)))
    common = named(min(1 / median(steps), HIGHEST))
    for rate in (*sane, mean, common):
        if _on_grid(times_sec, rate, clock_sec):
            return rate, True
    return common, False


def _on_grid(times_sec: Sequence[float], rate: Fraction, clock_sec: float) -> bool:
    step = float(1 / rate)
    slack = min(max(1.5 * clock_sec, CLOCK_SEC), step / 3)
    first = times_sec[0]
    return all(abs(time - first - at * step) <= slack for at, time in enumerate(times_sec))
