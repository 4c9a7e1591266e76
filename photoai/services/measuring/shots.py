"""What the cuts make of a video: its shots, and how fast they follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from .cuts import Change, cuts
from .facts import Pace
from .fades import fades
from .glances import Flags, Glances

SHORTEST_SEC = 0.2
HOLLOW_SEC = 1.0  # as long as that, black or white between two shots is a part of the cut


def changes(glances: Glances) -> list[Change]:
    """Every cut and every fade, in their order. A fade to black or white and the one from it are
    one cut in the middle, and so is what is shorter than a shot can be; at the beginning and the
    end of the video they are none."""
    hard = cuts(glances)
    hollow = glances.hollow()
    found = sorted([*hard, *fades(glances, hard)], key=lambda change: change.at)
    joined: list[Change] = []
    for change in found:
        if joined and _hollow(glances, hollow, joined[-1].after, change.before):
            joined[-1:] = _through(glances, joined[-1], change)
        else:
            joined.append(change)
    return _apart(glances, [change for change in joined if not _at_an_end(glances, hollow, change)])


def _hollow(glances: Glances, hollow: Flags, first: int, last: int) -> bool:
    """Whether there is nothing to be seen from one picture to another, for a moment."""
    return last - first < glances.in_sec(HOLLOW_SEC) and bool(hollow[first : last + 1].all())


def _through(glances: Glances, one: Change, other: Change) -> list[Change]:
    """Two changes with nothing between them as one; none when all is as before."""
    if glances.same(one.before, other.after):
        return []
    strength = max(one.strength, other.strength)
    return [Change(one.before, other.after, (one.at + other.at) / 2, strength)]


def _at_an_end(glances: Glances, hollow: Flags, change: Change) -> bool:
    shortest = glances.in_sec(SHORTEST_SEC)
    if min(change.at, len(glances) - change.at) < shortest:
        return True
    behind = _hollow(glances, hollow, change.after, len(glances) - 1)
    return behind or _hollow(glances, hollow, 0, change.before)


def _apart(glances: Glances, changes: Sequence[Change]) -> list[Change]:
    """Of two that are too near to each other, the stronger one."""
    kept: list[Change] = []
    for change in changes:
        if kept and change.at - kept[-1].at < glances.in_sec(SHORTEST_SEC):
            kept[-1] = max(kept[-1], change, key=lambda one: one.strength)
        else:
            kept.append(change)
    return kept


@dataclass(frozen=True)
class Span:
    """A shot, in seconds; from `clear_from_sec` to `clear_to_sec` nothing of another is seen."""

    start_sec: float
    end_sec: float
    clear_from_sec: float
    clear_to_sec: float


def spans(changes: Sequence[Change], fps: float, duration_sec: float, most: int) -> list[Span]:
    """The shots between the changes. Where they would be more than `most`, the weakest changes are
    left out."""
    strongest = sorted(changes, key=lambda change: -change.strength)[: max(0, most - 1)]
    kept = sorted(strongest, key=lambda change: change.at)
    starts = [(0.0, 0.0), *((change.at / fps, change.after / fps) for change in kept)]
    ends = [*((change.at / fps, change.before / fps) for change in kept), (duration_sec,) * 2]
    return [
        Span(start, end, clear_from, max(clear_from, clear_to))
        for (start, clear_from), (end, clear_to) in zip(starts, ends, strict=True)
    ]


def pace(cut_secs: Sequence[float], duration_sec: float) -> Pace:
    """How fast a video with these cuts goes."""
    edges = [0.0, *cut_secs, duration_sec]
    lengths = [end - start for start, end in pairwise(edges)]
    return Pace(
        shots_per_minute=round(len(lengths) * 60 / duration_sec, 3),
        mean_shot_sec=round(mean(lengths), 3),
        median_shot_sec=round(median(lengths), 3),
        longest_shot_sec=round(max(lengths), 3),
        first_cut_sec=round(cut_secs[0], 3) if cut_secs else None,
    )
