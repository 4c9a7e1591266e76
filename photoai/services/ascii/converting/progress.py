"""How far a conversion is, by its frames."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

PREPARING, RENDERING, CHECKING = "preparing", "rendering", "checking"
EVERY_SEC = 0.25
# Of all the work, before the first frame is seen at the encoder's end nobody knows how fast it is.
KNOWN_FROM = 0.02


class Voice(Protocol):
    """How the parent hears of it."""

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None: ...

    def tell(self, facts: Mapping[str, Any]) -> None: ...


class Progress:
    """Tells of frames as they are done, four times a second, and of the last one."""

    def __init__(self, voice: Voice, frames: int) -> None:
        self._voice = voice
        self._frames = frames
        self._began = time.monotonic()
        self._told_at = -EVERY_SEC

    def done(self, frames: int) -> bool:
        """Whether it was told of this one."""
        now = time.monotonic()
        if frames < self._frames and now < self._told_at + EVERY_SEC:
            return False
        self._told_at = now
        part = frames / self._frames
        left_sec = (now - self._began) * (1 - part) / part if part >= KNOWN_FROM else None
        self._voice.tell({"frames": {"done": frames, "total": self._frames}})
        self._voice(part, RENDERING, left_sec and round(left_sec, 1))
        return True
