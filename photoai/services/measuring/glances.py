"""Small pictures compared. A picture is full-range YCbCr, `(3, height, width)` bytes; differences
are in its levels, 0 to 255, brightness counted twice as much as each colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photoai.services.video.skimming import Pictures

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

REPEATS = 3  # of a picture, at most, where a video has fewer of them than its rate says
AT_ONCE = 256  # pictures in memory besides those that are there
SEEN_LEVELS = 12  # by which a pixel differs for somebody who glances
DARK, BRIGHT, GREY, FLAT = 24, 232, 8, 6  # levels of what shows nothing at all
BLACK, BLACK_PART = 32, 0.98  # as FFmpeg's blackdetect has it
SAME_SHAPES = 0.9  # correlation of two brightnesses, for those of one moment
DIFFERENT = 0.75  # the same, for what may have moved since
STRUCTURE = 5.0  # standard deviation of brightness below which there is no shape to compare
BACK = 0.35  # of a change, by which what comes again may differ
EXPLAINED = 0.5  # of a difference, by other light


@dataclass(frozen=True)
class Glances:
    """Pictures at a constant rate."""

    pictures: Pictures
    fps: float

    def __len__(self) -> int:
        return len(self.pictures)

    def in_sec(self, sec: float) -> int:
        """How many pictures so many seconds are, at least one."""
        return max(1, round(sec * self.fps))

    def between(self, one: Pictures, other: Pictures) -> Floats:
        """How much each of some pictures differs from another, or from the same one."""
        return differences(one, other)[0]

    def apart(self, one: int, other: int) -> float:
        """How much two of them differ."""
        return float(self.between(self.pictures[one : one + 1], self.pictures[other])[0])

    def lasting(self, before: int, after: int, reach: int) -> bool:
        """Whether a change lasts: soon after it nothing is as before it, nor was it as after it.
        What flashes changes and changes back."""
        least = self.apart(before, after) * BACK
        later = self.pictures[after : after + reach + 1]
        earlier = self.pictures[max(0, before - reach) : before + 1]
        back = self.between(later, self.pictures[before]).min()
        return bool(min(back, self.between(earlier, self.pictures[after]).min()) >= least)

    def same(self, one: int, other: int) -> bool:
        """Whether two of them show the same, perhaps in another light."""
        pictures = self.pictures[one], self.pictures[other]
        light, lit = (picture[0].astype(np.float32).ravel() for picture in pictures)
        if min(light.std(), lit.std()) < STRUCTURE:
            return self.apart(one, other) < SEEN_LEVELS
        return alike(light, lit) >= DIFFERENT or other_light(*pictures)

    def distinct(self) -> Places:
        """The places of those that are not the one before once more, as a rate repeats them; what
        stands still for longer is there."""
        again = np.concatenate([[False], (self.pictures[1:] == self.pictures[:-1]).all((1, 2, 3))])
        held = again.copy()
        for _ in range(REPEATS):
            held[1:] &= held[:-1]
        return np.flatnonzero(~again | held)

    def hollow(self) -> Flags:
        """Which of them are black or white all over."""
        light, colors = self.pictures[:, 0], self.pictures[:, 1:]
        mean, flat = light.mean((1, 2)), light.std((1, 2)) < FLAT
        grey = np.abs(colors.mean((2, 3)) - 128).max(1) < GREY
        return flat & grey & ((mean < DARK) | (mean > BRIGHT))

    def black(self) -> Flags:
        """Which of them are as good as black."""
        return (self.pictures[:, 0] < BLACK).mean((1, 2)) >= BLACK_PART


def differences(some: Pictures, others: Pictures) -> tuple[Floats, Floats]:
    """How much each picture differs from its other, on the whole, and in which part of it. `others`
    are as many, or one."""
    alone = others.ndim < some.ndim
    pieces = []
    for at in range(0, len(some), AT_ONCE):
        piece = slice(at, at + AT_ONCE)
        pieces.append(_differences(some[piece], others if alone else others[piece]))
    wholes, parts = zip(*pieces, strict=True) if pieces else ((np.zeros(0),), (np.zeros(0),))
    return np.concatenate(wholes), np.concatenate(parts)


def _differences(some: Pictures, others: Pictures) -> tuple[Floats, Floats]:
    apart = np.maximum(some, others) - np.minimum(some, others)
    each = apart[:, 0].astype(np.uint16) + (apart[:, 1].astype(np.uint16) + apart[:, 2]) // 2
    return each.mean((1, 2)), (each > SEEN_LEVELS).mean((1, 2))


def other_light(one: Pictures, other: Pictures) -> bool:
    """Whether two pictures show the same in another light: brightness scaled and moved, colours
    moved, and little is left of the difference."""
    light, lit = (picture[0].astype(np.float32).ravel() for picture in (one, other))
    if min(light.std(), lit.std()) < STRUCTURE or alike(light, lit) < SAME_SHAPES:
        return False
    gain, offset = np.polyfit(light, lit, 1)
    moved = [other[plane].astype(np.float32) - one[plane] for plane in (1, 2)]
    left = [np.abs(lit - gain * light - offset).mean()]
    left += [np.abs(plane - plane.mean()).mean() / 2 for plane in moved]
    whole = differences(one[None], other)[0][0]
    return bool(sum(left) < whole * EXPLAINED)


def alike(one: Floats, other: Floats) -> float:
    """The correlation of two brightnesses; 0 where there is nothing to compare."""
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale > 0 else 0.0
