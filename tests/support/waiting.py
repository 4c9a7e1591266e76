"""Waiting for a condition: the one place in the tests that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Found = TypeVar("Found")
PIECES_PER_SEC = 20


def wait_until(look: Callable[[], Found], timeout_sec: float = 10.0, what: str = "") -> Found:
    """What `look` finds, as soon as it is true; fails after `timeout_sec`."""
    deadline = time.monotonic() + timeout_sec
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout_sec} s: {what or look}")
        time.sleep(0.02)


def outlast(seconds: float) -> None:
    """Let so much time go by, where the time itself is what counts: a lease runs out, a patience
    ends, and nobody who could be asked tells of it."""
    time.sleep(seconds)


def paced(data: bytes, bytes_per_sec: int) -> Iterator[bytes]:
    """The data in small pieces, no faster than a slow line would carry them."""
    size = max(1, bytes_per_sec // PIECES_PER_SEC)
    started = time.monotonic()
    for at in range(0, len(data), size):
        time.sleep(max(0.0, started + at / bytes_per_sec - time.monotonic()))
        yield data[at : at + size]
