"""How loud sound is, and made as loud as wished.

Loudness is that of ITU-R BS.1770-4 (annex 1: integrated and gated; annex 2: true peak), as
EBU R 128 uses it; its range is that of EBU Tech 3342. Two passes: all of it is measured, then it
gets one gain, so that its dynamics stay. Only where that would take a true peak above -1 dBTP, the
most EBU R 128 allows, a limiter follows; what it takes away is found by measuring again
(`levelling.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from photoai.errors import RenderFailed
from photoai.services.video import ffmpeg
from photoai.services.video.ffmpeg import Report

from .limiter import limited_between

CEILING_DBTP = -1.0
CODEC_ROOM_DB = 0.8  # by which AAC at 192 kb/s may raise a peak
LIMIT_DB = CEILING_DBTP - 1.5  # where every peak is one, it finds some to raise further
GATE_LUFS = -70.0  # what is not louder is silence (BS.1770-4, annex 1)
METER = "ebur128=peak=true:framelog=quiet"
METERED = ("I", "Threshold", "LRA", "Peak")


@dataclass(frozen=True)
class Loudness:
    """`integrated_lufs` is None where there is nothing to measure: silence, or less than a gating
    block of 0.4 s. `true_peak_dbtp` is None in digital silence. `range_lu` is zero below 3 s.
    `offset_lu` is what a limiter is known to take from it, to be given before."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    range_lu: float
    threshold_lufs: float
    offset_lu: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def gain_db(self, target_lufs: float) -> float:
        """To the target; none for what has no loudness."""
        if self.integrated_lufs is None:
            return 0.0
        return target_lufs - self.integrated_lufs + self.offset_lu

    def is_linear(self, target_lufs: float) -> bool:
        """Whether a gain alone brings it there, with no true peak above the ceiling even after
        AAC."""
        if self.integrated_lufs is None or self.true_peak_dbtp is None:
            return True
        return self.true_peak_dbtp + self.gain_db(target_lufs) <= CEILING_DBTP - CODEC_ROOM_DB


def measured(
    inputs: Sequence[str],
    graph: str,
    label: str,
    *,
    deadline: float,
    total_sec: float | None = None,
    report: Report | None = None,
) -> Loudness:
    """The loudness of `[label]`, an end of `graph` over `inputs` (both as ffmpeg takes them). Only
    what the graph reads is decoded.

    Raises:
        RenderFailed, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """
    metered = f"{graph};[{label}]{METER}[{label}metered]"
    words = ffmpeg.run(
        [*inputs, "-filter_complex", metered, "-map", f"[{label}metered]", "-f", "null", "-"],
        deadline=deadline,
        total_sec=total_sec,
        report=report,
        operation="measure",
        loglevel=ffmpeg.CHATTY,
    )
    return _read("\n".join(words))


def normalised(target_lufs: float, found: Loudness) -> str:
    """The filters that bring what was `found` to the target: a gain, and a limiter where its true
    peaks ask for one; 48 kHz. What has no loudness is left alone."""
    if found.integrated_lufs is None:
        return "anull"
    gain = f"volume={found.gain_db(target_lufs):.2f}dB"
    if found.is_linear(target_lufs):
        return gain
    return f"{gain},{limited_between(LIMIT_DB)}"


def _read(words: str) -> Loudness:
    """What the meter says at its end, to a tenth, as EBU Tech 3341 wants it shown."""
    summary = words.rpartition("Summary:")[2]
    found = {name: re.search(rf"^ +{name}: +(-?[\d.]+|-inf) ", summary, re.M) for name in METERED}
    said = {name: float(match[1]) for name, match in found.items() if match}
    if len(said) < len(METERED):
        raise RenderFailed
    return Loudness(
        integrated_lufs=said["I"] if said["I"] > GATE_LUFS else None,
        true_peak_dbtp=said["Peak"] if said["Peak"] > float("-inf") else None,
        range_lu=said["LRA"],
        threshold_lufs=said["Threshold"],
    )
