"""Waiting for a condition: the one place in the tests that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(look: Callable[[], Found], timeout_sec: float = 10.0, what: str = "") -> Found:
    """What `look` finds, as soon as it is true; fails after `timeout_sec`."""
    deadline = time.monotonic() + timeout_sec
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout_sec} s: {what or look}")
        time.sleep(0.02)
