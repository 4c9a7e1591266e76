"""The process is about to stop: waits end in time, work goes on until then."""

from __future__ import annotations

import time

from photoai.config import Config
from photoai.services.events import LocalEvents


class Stop:
    """Set once, when the web server is told to end."""

    def __init__(self, config: Config, events: LocalEvents) -> None:
        self._grace_sec = config.photo_grace_sec
        self._events = events
        self._requested_at: float | None = None

    def request(self) -> None:
        if self._requested_at is None:
            self._requested_at = time.monotonic()
            self._events.wake_everybody()

    @property
    def requested(self) -> bool:
        return self._requested_at is not None

    @property
    def photo_deadline(self) -> float:
        """The `time.monotonic()` value at which photo waits end; infinity while nobody stops."""
        if self._requested_at is None:
            return float("inf")
        return self._requested_at + self._grace_sec
