"""How loud sound is, and made as loud as wished.

Loudness is that of ITU-R BS.1770-4 (integrated, gated; annex 2: true peak), as EBU R 128 uses it;
the range is that of EBU Tech 3342. Two passes: measure all of it, then apply one gain. Only where
that would bring a true peak above -1 dBTP, which EBU R 128 allows at most, a limiter follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from photoai.errors import RenderFailed
from photoai.services.video import ffmpeg
from photoai.services.video.canvas import SAMPLE_RATE
from photoai.services.video.ffmpeg import Report

from .limiter import limited

CEILING_DBTP = -1.0
GATE_LUFS = -70.0  # what is not louder is silence (BS.1770-4, annex 1)
METER = "ebur128=peak=true:framelog=quiet"
OVERSAMPLED = 4 * SAMPLE_RATE  # BS.1770-4, annex 2: between the samples, too


@dataclass(frozen=True)
class Loudness:
    """`integrated_lufs` is None where there is nothing to be measured: silence, or less than one
    gating block of 0.4 s; `true_peak_dbtp` is None for digital silence. `offset_lu` is what was
    missed of a target, where there was one."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    range_lu: float
    threshold_lufs: float
    offset_lu: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


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
        [
            *("-loglevel", "info", *inputs),
            *("-filter_complex", metered, "-map", f"[{label}metered]", "-f", "null", "-"),
        ],
        deadline=deadline,
        total_sec=total_sec,
        report=report,
    )
    return _read("\n".join(words))


def normalised(target_lufs: float, found: Loudness) -> str:
    """The filters that bring what was `found` to the target: a gain, and where its true peak would
    be too high, a limiter; back at 48 kHz. Silence is left alone."""
    if found.integrated_lufs is None:
        return "anull"
    gain_db = target_lufs - found.integrated_lufs
    gain = f"volume={gain_db:.2f}dB:precision=double"
    if (found.true_peak_dbtp or 0) + gain_db <= CEILING_DBTP:
        return gain
    return (
        f"{gain},aresample={OVERSAMPLED},{limited(CEILING_DBTP)},aresample={SAMPLE_RATE}"
        ",aformat=sample_fmts=flt:channel_layouts=stereo"
    )


def _read(words: str) -> Loudness:
    """What the meter says at its end."""
    summary = words.rpartition("Summary:")[2]
    names = ("I", "Threshold", "LRA", "Peak")
    said = {name: re.search(rf"^ +{name}: +(-?[\d.]+|-?inf)", summary, re.M) for name in names}
    values = {name: float(match[1]) for name, match in said.items() if match}
    if len(values) < len(names):
        raise RenderFailed
    loud, peak = values["I"], values["Peak"]
    return Loudness(
        integrated_lufs=loud if loud > GATE_LUFS else None,
        true_peak_dbtp=peak if peak > float("-inf") else None,
        range_lu=values["LRA"],
        threshold_lufs=values["Threshold"],
    )
