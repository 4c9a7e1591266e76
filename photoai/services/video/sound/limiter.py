"""Peaks held under a ceiling."""

from __future__ import annotations

from photoai.services.video.canvas import SAMPLE_RATE

MIX_CEILING_DB = -1.0  # of samples; what is between them, and AAC's own error, have that much room
ATTACK_MS, RELEASE_MS = 2, 20  # short: only the peak itself is lowered
OVERSAMPLED = 4 * SAMPLE_RATE  # as ITU-R BS.1770-4, annex 2, looks for what is between the samples


def limited(ceiling_db: float) -> str:
    """The filter that lets no sample above the ceiling (dBFS) and leaves everything else as it is,
    where it is: what it looks ahead is taken off again."""
    times = f"attack={ATTACK_MS}:release={RELEASE_MS}"
    return f"alimiter=limit={amplitude(ceiling_db):.6f}:{times}:level=disabled:latency=1"


def limited_between(ceiling_db: float) -> str:
    """The same for true peaks, to within half a decibel. 48 kHz, float."""
    oversampled = f"aresample={OVERSAMPLED},{limited(ceiling_db)},aresample={SAMPLE_RATE}"
    return f"{oversampled},aformat=sample_fmts=flt:channel_layouts=stereo"


def amplitude(level_db: float) -> float:
    """Of a full one: -6 dB is about a half."""
    return float(10 ** (level_db / 20))
