"""Where one shot dissolves into the next, or into black or white.

In a dissolve every picture is a mixture of the one before it and the one after it, in a share that
grows steadily. A moving camera or somebody who walks through the picture makes no such mixtures,
however slowly: so every window of some lengths is asked how far its pictures are from a mixture of
its first and its last one. The two must show different things, more than usual must change between
them, and no hard cut may lie there.

What cannot be told so: wipes, slides, and dissolves that last longer than the longest window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .cuts import REACH_SEC, Change
from .glances import Floats, Glances, differences

WINDOWS_SEC = (0.27, 0.4, 0.54, 0.8, 1.07, 1.6, 2.14)
PARTS = 8  # of a window, at the joints of which its mixtures are looked at
LEAST, LEAST_PART = 12.0, 0.4  # as with cuts
OFF = 0.25  # how far from a mixture, as a part of what changes
STEP, DIP = 0.45, 0.12  # most that a share may grow from joint to joint, or shrink
STANDS_OUT = 2.0  # times as much as what changes in the same time before or after it


@dataclass(frozen=True)
class Window:
    """Pictures from `first` to `last` that may be a dissolve; the higher its score, the better."""

    first: int
    last: int
    score: float

    @property
    def middle(self) -> float:
        return (self.first + self.last) / 2


def fades(glances: Glances, cuts: Sequence[Change]) -> list[Change]:
    """Those in which none of the `cuts` lies, in their order."""
    small = _smaller(glances)
    windows = [window for sec in WINDOWS_SEC for window in _windows(glances, small, sec)]
    found: list[Change] = []
    for window in sorted(windows, key=lambda window: -window.score):
        if any(change.before < window.middle < change.after for change in found):
            continue
        if _is_one(glances, window):
            change = _change(glances, small, window)
            met = any(_meet(change, other) for other in (*cuts, *found))
            if not met and not glances.same(change.before, change.after):
                found.append(change)
    return sorted(found, key=lambda change: change.at)


def _meet(one: Change, other: Change) -> bool:
    return one.before < other.after and other.before < one.after


def _smaller(glances: Glances) -> Floats:
    """All of them at half the size, one row each."""
    pairs = glances.pictures.reshape(len(glances), 3, glances.pictures.shape[2] // 2, 2, -1, 2)
    small = pairs.mean((3, 5), dtype=np.float32)
    small[:, 1:] /= 2
    return small.reshape(len(glances), -1)


def _windows(glances: Glances, small: Floats, sec: float) -> Iterator[Window]:
    """Those of one length that are made of mixtures."""
    length = max(PARTS, round(sec * glances.fps))
    firsts = np.arange(0, len(glances) - length, max(1, length // PARTS))
    if not len(firsts):
        return
    change, part = differences(glances.pictures[firsts], glances.pictures[firsts + length])
    firsts = firsts[(change >= LEAST) & (part >= LEAST_PART)]
    if not len(firsts):
        return
    shares, off = _mixtures(small, firsts, length)
    grown = np.diff(shares, axis=1)
    steady = (grown.max(1) <= STEP) & (grown.min(1) >= -DIP) & (off <= OFF)
    for at in np.flatnonzero(steady):
        first = int(firsts[at])
        strength = glances.apart(first, first + length)
        yield Window(first, first + length, strength * (1 - float(off[at])))


def _mixtures(small: Floats, firsts: np.ndarray, length: int) -> tuple[Floats, Floats]:
    """The share of the last picture at every joint of each window, and how far the furthest of them
    is from a mixture."""
    whole = small[firsts + length] - small[firsts]
    size = np.einsum("ij,ij->i", whole, whole) + 1e-6
    shares, off = [np.zeros(len(firsts))], np.zeros(len(firsts))
    for part in range(1, PARTS):
        so_far = small[firsts + round(part * length / PARTS)] - small[firsts]
        share = np.einsum("ij,ij->i", so_far, whole) / size
        far = np.einsum("ij,ij->i", so_far, so_far) / size - share**2
        shares.append(share)
        off = np.maximum(off, np.sqrt(np.maximum(far, 0)))
    return np.stack([*shares, np.ones(len(firsts))], axis=1), off


def _is_one(glances: Glances, window: Window) -> bool:
    """Whether it shows different things at its ends, for good."""
    change = glances.apart(window.first, window.last)
    if glances.same(window.first, window.last):
        return False
    if change < _beside(glances, window) * STANDS_OUT:
        return False
    reach = glances.in_sec(REACH_SEC)
    before, after = max(0, window.first - reach), min(len(glances) - 1, window.last + reach)
    lasts = glances.lasting(window.first, window.last, reach)
    return lasts and not glances.same(before, after)


def _beside(glances: Glances, window: Window) -> float:
    """How much changes in as many pictures before the window or after it, whichever is less."""
    length = window.last - window.first
    sides = [(window.first - length, window.first), (window.last, window.last + length)]
    last = len(glances) - 1
    inside = [(max(0, first), min(last, end)) for first, end in sides]
    known = [side for side in inside if side[1] - side[0] >= length / 2]
    return min((glances.apart(*side) for side in known), default=0.0)


def _change(glances: Glances, small: Floats, window: Window) -> Change:
    """Where the shares of the two are equal, and from where to where they change."""
    around = max(2, (window.last - window.first) // PARTS)
    first, last = max(0, window.first - around), min(len(small) - 1, window.last + around)
    whole = small[last] - small[first]
    so_far = small[first : last + 1] - small[first]
    shares = np.maximum.accumulate(so_far @ whole / (whole @ whole))
    begins, middle, ends = (
        float(np.interp(share, shares, np.arange(len(shares)))) for share in (0.1, 0.5, 0.9)
    )
    half = (ends - begins) / 0.8 / 2
    before = max(first, int(np.floor(first + middle - half)))
    after = min(last, int(np.ceil(first + middle + half)))
    return Change(before, after, first + middle, glances.apart(window.first, window.last))
