"""How much room a conversion may take, and what does not fit into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# From here on it shows how large the whole will be; a little more than allowed may still fit.
SHOWN_AT, LEAST_FRAMES = 0.02, 100
DOUBT = 1.25


@dataclass(frozen=True)
class Room:
    """For all files of so many frames together."""

    max_bytes: int
    frames: int

    def what_is_wrong(self, size_bytes: int, done: int) -> dict[str, Any] | None:
        """What to say if so many bytes after so many frames are too many, or will be."""
        expected_bytes = size_bytes
        if done >= max(LEAST_FRAMES, SHOWN_AT * self.frames):
            expected_bytes = round(size_bytes * self.frames / done)
        if size_bytes <= self.max_bytes and expected_bytes <= self.max_bytes * DOUBT:
            return None
        return {
            "max_output_bytes": self.max_bytes,
            "expected_bytes": max(expected_bytes, size_bytes),
            "frames": self.frames,
        }
