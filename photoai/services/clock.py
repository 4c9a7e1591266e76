"""The wall clock, in UTC. Durations are measured with `time.monotonic` where they matter."""

from __future__ import annotations

from datetime import UTC, datetime


def utcnow() -> datetime:
    return datetime.now(UTC)
