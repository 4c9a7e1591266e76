"""How loud it is, and when nothing is heard, from what a meter said ten times a second.

Loudness is that of EBU R 128 (ITU-R BS.1770-4): momentary over 0.4 s (EBU Tech 3341), the whole
gated, its range by EBU Tech 3342. Silence is where a momentary loudness is not above SILENT_LUFS:
rooms are quieter than that, somebody who whispers into a phone is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from .facts import Loudness, Part
from .parts import parts, runs

SILENT_LUFS, SILENT_SEC = -50.0, 0.3
GATE_LUFS = -70.0  # what is not louder has no loudness (BS.1770-4, annex 1)
METERED_SEC, MOMENT = 0.1, 4  # between two values, and how many of that one is heard over
CURVE_SEC = 0.5
KEYS = {f"lavfi.r128.{name}": name for name in ("M", "I", "LRA", "true_peak")}


@dataclass(frozen=True)
class Metered:
    """`momentary` are LUFS, each of the 0.4 s up to the end of its tenth of a second; the rest is
    of the whole, None where there is nothing to measure."""

    momentary: tuple[float, ...]
    integrated_lufs: float | None
    range_lu: float
    true_peak_dbtp: float | None

    def loudness(self, duration_sec: float) -> Loudness:
        return Loudness(
            integrated_lufs=_rounded(self.integrated_lufs),
            range_lu=round(self.range_lu, 1),
            true_peak_dbtp=_rounded(self.true_peak_dbtp),
            every_sec=CURVE_SEC,
            curve_lufs=[self._heard_in(at) for at in range(ceil(duration_sec / CURVE_SEC - 1e-6))],
        )

    def silence(self, duration_sec: float) -> list[Part]:
        """Where nothing is heard; what is shorter than a moment is not told."""
        loud = np.array(self.momentary) > SILENT_LUFS
        quiet = np.zeros(len(loud), bool)
        for at in np.flatnonzero(~loud):
            quiet[max(0, at - MOMENT + 1) : at + 1] = True
        if not len(quiet):
            return parts([(0.0, duration_sec)], duration_sec, 0)
        times = [
            (first * METERED_SEC, duration_sec if end == len(quiet) else end * METERED_SEC)
            for first, end in runs(quiet)
        ]
        return parts(times, duration_sec, SILENT_SEC)

    def _heard_in(self, at: int) -> float | None:
        """The loudest moment within one step of the curve."""
        step = round(CURVE_SEC / METERED_SEC)
        moments = self.momentary[at * step + MOMENT - 1 : (at + 1) * step]
        loudest = max(moments, default=-math.inf)
        return round(loudest, 1) if loudest > SILENT_LUFS else None


def metered(path: Path) -> Metered:
    """What ffmpeg's `ametadata` wrote down of its `ebur128`. Before the first moment is over the
    meter knows nothing: that one is all of it. Peaks are amplitudes."""
    said: dict[str, list[float]] = {name: [] for name in KEYS.values()}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, _, value = line.strip().partition("=")
            if key in KEYS:
                said[KEYS[key]].append(_number(value))
    whole, peak = _last(said["I"]), _last(said["true_peak"])
    moments = said["M"]
    moments[: MOMENT - 1] = moments[MOMENT - 1 : MOMENT] * len(moments[: MOMENT - 1])
    return Metered(
        momentary=tuple(moments),
        integrated_lufs=whole if whole is not None and whole > GATE_LUFS else None,
        range_lu=_last(said["LRA"]) or 0.0,
        true_peak_dbtp=20 * math.log10(peak) if peak else None,
    )


def _number(value: str) -> float:
    number = float(value)
    return -math.inf if math.isnan(number) else number


def _last(values: list[float]) -> float | None:
    return values[-1] if values and math.isfinite(values[-1]) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
