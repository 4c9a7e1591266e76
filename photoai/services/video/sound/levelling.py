"""Sound brought to a loudness: measured, and measured again when a limiter takes part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from photoai.services.video.ffmpeg import Report

from .loudness import GATE_LUFS, Loudness, measured, normalised

Try = tuple[Loudness, Loudness]  # what the filters were made for, and what came of them

CLOSE_LU = 0.2
MOST_TRIES = 5
WORTH = 0.1  # LU won by a decibel of gain: with less, the limiter takes it all
PUSH_DB = 18.0  # nothing is pushed further into the limiter to make up for what it takes


@dataclass(frozen=True)
class Levelling:
    """What was measured `before` and becomes `after` by `filters`. Where there was no loudness they
    do nothing; where the target cannot be had below -1 dBTP, `after` says how near it comes.
    `found` is `before` with what a limiter is going to take."""

    target_lufs: float
    before: Loudness
    found: Loudness
    after: Loudness

    @property
    def filters(self) -> str:
        return normalised(self.target_lufs, self.found)

    @property
    def linear(self) -> bool:
        return self.before.is_linear(self.target_lufs)

    def as_json(self) -> dict[str, Any]:
        """`how` is `silence`, `linear` or `limited`."""
        silent = self.before.integrated_lufs is None
        return {
            "target_lufs": self.target_lufs,
            "input": self.before.as_json(),
            "output": self.after.as_json(),
            "how": "silence" if silent else "linear" if self.linear else "limited",
        }


def levelled(
    inputs: Sequence[str],
    graph: str,
    label: str,
    target_lufs: float,
    *,
    deadline: float,
    total_sec: float | None = None,
    report: Report | None = None,
) -> Levelling:
    """How `[label]`, an end of `graph` over `inputs`, comes to the target. One pass over the sound;
    where peaks are in the way, at most five more.

    Raises:
        RenderFailed, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """

    def heard(through: str, share: tuple[float, float]) -> Loudness:
        return measured(
            inputs,
            f"{graph};[{label}]{through}[{label}levelled]",
            f"{label}levelled",
            deadline=deadline,
            total_sec=total_sec,
            report=report and _part_of(report, *share),
        )

    before = heard("anull", (0.0, 0.5))
    if before.is_linear(target_lufs):
        after = _raised(before, before.gain_db(target_lufs))
        return Levelling(target_lufs, before, before, after)
    tries: list[Try] = []
    while found := _to_try(target_lufs, before, tries):
        done = 1 - 0.5 ** (len(tries) + 1)
        after = heard(normalised(target_lufs, found), (done, (1 - done) / 2))
        tries.append((found, after))
    worth = [one for at, one in enumerate(tries) if not at or _won(target_lufs, tries, at) >= WORTH]
    found, after = min(worth, key=lambda one: abs(_missed(target_lufs, one)))
    return Levelling(target_lufs, before, found, after)


def _to_try(target_lufs: float, before: Loudness, tries: Sequence[Try]) -> Loudness | None:
    """What is given before the limiter next, by the secant through the last two; None if enough
    was tried."""
    if not tries:
        return before
    last, missed = tries[-1][0], _missed(target_lufs, tries[-1])
    won = _won(target_lufs, tries, len(tries) - 1)
    if abs(missed) <= CLOSE_LU or len(tries) >= MOST_TRIES or won < WORTH:
        return None
    offset_lu = round(min(last.offset_lu + missed / won, PUSH_DB), 2)
    return None if offset_lu == last.offset_lu else replace(last, offset_lu=offset_lu)


def _won(target_lufs: float, tries: Sequence[Try], at: int) -> float:
    """How many LU a decibel more has brought with this try; all of it, we hope, with the first."""
    if not at:
        return 1.0
    (less, _), (more, _) = tries[at - 1], tries[at]
    louder = _missed(target_lufs, tries[at - 1]) - _missed(target_lufs, tries[at])
    return louder / (more.offset_lu - less.offset_lu)


def _missed(target_lufs: float, one: Try) -> float:
    reached = one[1].integrated_lufs
    return target_lufs - (GATE_LUFS if reached is None else reached)


def _raised(before: Loudness, gain_db: float) -> Loudness:
    """What a gain makes of it; nothing else has to be measured."""

    def raised(level: float | None) -> float | None:
        return None if level is None else round(level + gain_db, 1)

    return replace(
        before,
        integrated_lufs=raised(before.integrated_lufs),
        true_peak_dbtp=raised(before.true_peak_dbtp),
        threshold_lufs=raised(before.threshold_lufs) or 0.0,
    )


def _part_of(report: Report, begin: float, share: float) -> Report:
    return lambda part, _: report(begin + share * part, None)
