"""Deliveries of one process that wait for a place in one pool: the oldest asks for it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from photoai.models import Job

Turn = tuple[int, int, int]


class Line:
    """First come, first served: by fewest attempts, then by acceptance."""

    def __init__(self) -> None:
        self._waiting: set[Turn] = set()
        self._arrivals = itertools.count()
        self._moved = threading.Condition()

    @contextmanager
    def standing(self, job: Job) -> Iterator[Turn]:
        """The job's turn, while it waits."""
        turn = (job.attempt, job.id, next(self._arrivals))
        with self._moved:
            self._waiting.add(turn)
        try:
            yield turn
        finally:
            with self._moved:
                self._waiting.discard(turn)
                self._moved.notify_all()

    def leads(self, turn: Turn) -> bool:
        with self._moved:
            return turn == min(self._waiting)

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def move(self) -> None:
        """A place may be free: have the first look at once."""
        with self._moved:
            self._moved.notify_all()

    def wait(self, seconds: float) -> None:
        """At most so long, until somebody left the line or a place."""
        with self._moved:
            self._moved.wait(seconds)


class Lines:
    """One for each pool."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def __getitem__(self, pool: str) -> Line:
        return self._lines.setdefault(pool, Line())

    def move_all(self) -> None:
        for line in tuple(self._lines.values()):
            line.move()
