"""When something is so: flags in a row as parts of a video."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .facts import Part
from .glances import Flags, Glances

Times = tuple[float, float]

STILL_SEC, STILL_LEVELS = 1.0, 1.0  # as long as that, and no more than that since it began
BLACK_SEC = 0.1


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Where they are set, each from a place to the one behind its end."""
    edges = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def parts(times: Iterable[Times], duration_sec: float, least_sec: float) -> list[Part]:
    """Those of at least some length, within the video."""
    inside = ((max(0.0, start), min(duration_sec, end)) for start, end in times)
    return [
        Part(start_sec=round(start, 3), end_sec=round(end, 3))
        for start, end in inside
        if end - start >= min(least_sec, duration_sec) - 1e-6 and end > start
    ]


def between(times: Sequence[Times], duration_sec: float) -> list[Times]:
    """What lies before, between and behind."""
    edges = [0.0, *(edge for pair in times for edge in pair), duration_sec]
    return list(zip(edges[::2], edges[1::2], strict=True))


def black(glances: Glances, duration_sec: float) -> list[Part]:
    """Where there is nothing but black."""
    return parts(_in_time(glances, runs(glances.black()), duration_sec), duration_sec, BLACK_SEC)


def still(glances: Glances, duration_sec: float) -> list[Part]:
    """Where nothing moves."""
    found, first = [], 0
    kept = glances.distinct().tolist()
    for at in kept[1:]:
        if glances.apart(at, first) > STILL_LEVELS:
            found.append((first, at))
            first = at
    times = _in_time(glances, [*found, (first, len(glances))], duration_sec)
    return parts(times, duration_sec, STILL_SEC)


def _in_time(
    glances: Glances, found: Iterable[tuple[int, int]], duration_sec: float
) -> Iterable[Times]:
    """The last picture is there until the video's end."""
    for first, end in found:
        yield first / glances.fps, duration_sec if end >= len(glances) else end / glances.fps
