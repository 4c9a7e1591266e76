"""How far the measuring is, by its pictures."""

from __future__ import annotations

import time
from typing import Protocol

from .facts import MEASURING

EVERY_SEC = 0.25
KNOWN_FROM = 0.02  # of all pictures: before, nobody knows how fast it is
SEEN = 0.9  # of all the work, when the last picture is here


class Voice(Protocol):
    """How the parent hears of it."""

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None: ...


class Progress:
    """Tells of pictures as they come, four times a second."""

    def __init__(self, voice: Voice, pictures: int) -> None:
        self._voice = voice
        self._pictures = max(1, pictures)
        self._began = time.monotonic()
        self._told_at = -EVERY_SEC

    def seen(self, pictures: int) -> None:
        """So many are here."""
        now = time.monotonic()
        if now < self._told_at + EVERY_SEC:
            return
        self._told_at = now
        part = min(1.0, pictures / self._pictures) * SEEN
        left_sec = (now - self._began) * (1 - part) / part if part >= KNOWN_FROM else None
        self._voice(part, MEASURING, left_sec and round(left_sec, 1))
