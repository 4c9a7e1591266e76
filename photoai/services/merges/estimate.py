"""How long a merge will take, from how long the last ones took here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

# Seconds a million pixels take to encode while nobody has merged anything here yet.
FIRST_GUESS = {"low": 0.004, "medium": 0.010, "high": 0.025, "ultra": 0.06}
# Starting, joining, checking and publishing; joining grows with the length.
ALWAYS_SEC, JOINING_SHARE = 1.5, 0.02
DOWNLOAD_BYTES_PER_SEC = 5_000_000


def estimated_sec(
    plan: Mapping[str, Any], quality: str, bytes_to_fetch: int, recent: Iterable[Mapping[str, Any]]
) -> float:
    """`plan` as the planner gives it; `recent` the facts of finished merges."""
    took = [
        facts["encode_sec"] / facts["encoded_megapixels"]
        for facts in recent
        if facts.get("encoded_megapixels", 0) > 10 and facts["settings"]["quality"] == quality
    ]
    per_megapixel = median(took) if took else FIRST_GUESS[quality]
    return round(
        ALWAYS_SEC
        + JOINING_SHARE * plan["duration_sec"]
        + per_megapixel * plan["encoded_megapixels"]
        + bytes_to_fetch / DOWNLOAD_BYTES_PER_SEC,
        1,
    )
