"""How long each part of an analysis takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Seconds by part; what happens side by side counts for each."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._began = self._at = time.monotonic()
        self._part = ""

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self._add(part, time.monotonic() - began)

    def now_in(self, part: str) -> None:
        """From now on time counts for this part, one of those that follow each other, until the
        next one begins; "" ends the last."""
        now = time.monotonic()
        if self._part:
            self._add(self._part, now - self._at)
        self._part, self._at = part, now

    def as_json(self) -> dict[str, float]:
        """`total` is from the first moment until now."""
        total = time.monotonic() - self._began
        return {part: round(sec, 3) for part, sec in {**self._seconds, "total": total}.items()}

    def _add(self, part: str, seconds: float) -> None:
        self._seconds[part] = self._seconds.get(part, 0.0) + seconds
