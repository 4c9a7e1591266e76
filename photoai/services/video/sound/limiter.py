"""Peaks held under a ceiling."""

from __future__ import annotations

MIX_CEILING_DB = -1.0  # of samples; what is between them, and AAC's own error, have that much room


def limited(ceiling_db: float) -> str:
    """The filter that lets no sample above the ceiling (dBFS) and leaves everything else as it is,
    where it is: what it looks ahead is taken off again."""
    return (
        f"alimiter=limit={amplitude(ceiling_db):.6f}:attack=5:release=50:level=disabled:latency=1"
    )


def amplitude(level_db: float) -> float:
    """Of a full one: -6 dB is about a half."""
    return float(10 ** (level_db / 20))
