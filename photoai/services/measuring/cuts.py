"""Where one shot ends and the next begins, from one picture to the next or over two or three of
them, as frames blended by another rate make it.

A cut stands out: on both sides of it little changes (an idea of PySceneDetect's adaptive detector,
which compares with the mean of the neighbours; here it is the largest of them, so that nothing in a
fast pan is one). It changes most of the picture, so that a caption which appears is none. It lasts,
so that a flash or a strobe light is none, and it is not the same picture in another light.

What cannot be told so: a cut in the middle of a fast pan, a shot of less than REACH_SEC between two
others that look alike, and a pan that is over within three pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .glances import FLAT, REPEATS, Flags, Floats, Glances, Places, differences, other_light

LEAST, LEAST_PART = 8.0, 0.35  # levels, and the part of the picture that differs visibly
STANDS_OUT = 2.5  # times as much as what changes next to it
CALM, LONGEST = 3, 3  # steps from picture to picture: next to a cut, in one
LONGEST_SEC = 0.15
REACH_SEC = 0.3
OFF = 0.2  # how far what is between may be from a mixture of both, as a part of what changes


@dataclass(frozen=True)
class Change:
    """From one shot to the next: the last picture of the one, the first of the other, when the
    middle of it is (in pictures), how much they differ."""

    before: int
    after: int
    at: float
    strength: float


def cuts(glances: Glances) -> list[Change]:
    """In their order."""
    kept = glances.distinct()
    film = Glances(glances.pictures[kept], glances.fps)
    found: list[Change] = []
    for length in range(1, LONGEST + 1):
        for at in _standing_out(film, length):
            before, after = int(kept[at + 1]) - 1, int(kept[at + length])
            if length > 1 and after - before > glances.fps * LONGEST_SEC:
                continue
            if any(before < other.after and other.before < after for other in found):
                continue
            if _is_one(glances, before, after):
                middle = _middle(kept, at, length)
                found.append(Change(before, after, middle, glances.apart(before, after)))
    return sorted(found, key=lambda change: change.at)


def _standing_out(film: Glances, length: int) -> list[int]:
    """The places from which on so many steps change much more than as many next to them."""
    if len(film) <= length:
        return []
    change, part = differences(film.pictures[:-length], film.pictures[length:])
    beside = np.maximum(_largest(change, -CALM - length + 1), _largest(change, length))
    stands: Flags = (change >= LEAST) & (part >= LEAST_PART)
    return np.flatnonzero(stands & (change >= beside * STANDS_OUT)).tolist()


def _largest(changes: Floats, first: int) -> Floats:
    """The largest of `changes[at + first : at + first + CALM]` for every place."""
    before, behind = max(0, -first), max(0, first + CALM)
    around = np.pad(changes, (before, behind))
    windows = np.lib.stride_tricks.sliding_window_view(around, CALM)
    return windows[before + first :][: len(changes)].max(1)


def _middle(kept: Places, at: int, length: int) -> float:
    """When it is. Between two pictures up to three may be missing, and the cut before any of them:
    most often encoders begin it with one that is there."""
    before, after = int(kept[at]), int(kept[at + length])
    if length > 1:
        return (before + after + 1) / 2
    return after - max(0, min(after - before, REPEATS + 1) - 2) / 2


def _is_one(glances: Glances, before: int, after: int) -> bool:
    if not _blended(glances, before, after):
        return False
    lasts = glances.lasting(before, after, glances.in_sec(REACH_SEC))
    return lasts and not other_light(glances.pictures[before], glances.pictures[after])


def _blended(glances: Glances, before: int, after: int) -> bool:
    """Whether what is between two pictures is mixed of them, or nothing: not smeared."""
    first, last, *between = glances.pictures[[before, after, *range(before + 1, after)]].astype(
        np.float32
    )
    whole = last - first
    for picture in between:
        so_far = picture - first
        share = float((so_far * whole).sum() / ((whole * whole).sum() + 1))
        off = float(np.sqrt(((so_far - share * whole) ** 2).sum() / ((whole * whole).sum() + 1)))
        if off > OFF and not picture[0].std() < FLAT:
            return False
    return True
