"""A second call for a photo whose first one has not been answered after a while: whichever makes a
photo first is taken (a hedged request: Dean and Barroso, "The Tail at Scale", CACM 2013).

Both are paid, and what the slower one comes to is thrown away.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from photoai.errors import PhotoaiError, ProviderError, ProviderRefused, ProviderTimeout
from photoai.services.jobs import Run
from photoai.services.providers import Answer, Ask

# The setting, and the note that says which of two calls made the photo.
HEDGE, HEDGED = "hedge_after_sec", "hedged"
FIRST, SECOND = 1, 2
# How often who waits for a call looks whether its photo is still wanted.
LOOK_SEC = 0.25
# Calls keep their deadline themselves; this is for one that does not.
GRACE_SEC = 1.0
Made = TypeVar("Made")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lane:
    """How one call waits between its tries, and whether what it makes is not wanted any more."""

    pause: Callable[[float], None]
    is_over: Callable[[], bool]


@dataclass(frozen=True)
class End(Generic[Made]):
    """What a call came to: an answer with what was made of it, or an error; neither, where there
    was no place for it."""

    number: int
    answer: Answer | None = None
    made: Made | None = None
    error: Exception | None = None

    @property
    def cost(self) -> float:
        """In USD."""
        if self.answer is not None:
            return self.answer.cost or 0.0
        return self.error.cost if isinstance(self.error, ProviderError) else 0.0


Call = Callable[[Ask, Lane], tuple[Answer, Made | None]]


def hedged(
    run: Run, ask: Ask, call: Call[Made], lost: Callable[[float], None]
) -> tuple[Answer, Made]:
    """What `call` makes of the ask (None: its lane is over), with a second call beside it after the
    `hedge_after_sec` of its settings, when a place is free that nobody waits for. The notes say
    which one made it, where there were two. `lost` is told in USD what the other has cost, where
    the answer's cost does not hold it: also when that is known only after the job has ended.

    Raises:
        ProviderError: the first call's, with the cost of both.
        JobCancelled
    """
    after_sec = ask.settings.get(HEDGE)
    if after_sec:
        return Race(run, ask, call, lost).won(after_sec)
    answer, made = call(ask, Lane(run.pause, lambda: False))
    assert made is not None
    return answer, made


class Race(Generic[Made]):
    """One ask's calls, see `hedged`."""

    def __init__(self, run: Run, ask: Ask, call: Call[Made], lost: Callable[[float], None]) -> None:
        self._run = run
        self._ask = ask
        self._call = call
        self._lost = lost
        self._over = threading.Event()
        self._closing = threading.Lock()
        self._arrived: queue.SimpleQueue[End[Made]] = queue.SimpleQueue()
        self._ends: list[End[Made]] = []  # those that were looked at
        self._has_second = False

    def won(self, after_sec: float) -> tuple[Answer, Made]:
        """See `hedged`."""
        told = False
        try:
            self._begin(FIRST)
            if not self._heard(time.monotonic() + after_sec):
                self._begin(SECOND)
                while not self._is_decided():
                    if not self._heard(self._ask.deadline + GRACE_SEC):
                        raise ProviderTimeout
            won = self._best()
            told = True
            return won
        except ProviderError as error:
            error.cost, told = sum(end.cost for end in self._ends), True
            raise
        finally:
            self._close(() if told else self._ends)

    def _heard(self, until: float) -> bool:
        """Whether a call has ended by then. Raises JobCancelled"""
        while True:
            self._run.check()
            left_sec = max(0.0, until - time.monotonic())
            with suppress(queue.Empty):
                self._ends.append(self._arrived.get(timeout=min(left_sec, LOOK_SEC)))
                return True
            if not left_sec:
                return False

    def _is_decided(self) -> bool:
        """A refusal decides, too: the other call would meet the same."""
        return len(self._ends) == SECOND or any(
            end.made is not None or isinstance(end.error, ProviderRefused) for end in self._ends
        )

    def _best(self) -> tuple[Answer, Made]:
        """The photo there is; else the first call's error is raised."""
        for end in self._ends:
            if end.answer is not None and end.made is not None:
                cost = sum(each.cost for each in self._ends) or end.answer.cost
                notes = {**end.answer.notes, HEDGED: end.number} if self._has_second else None
                return replace(end.answer, cost=cost, notes=notes or end.answer.notes), end.made
        errors = {end.number: end.error for end in self._ends if end.error is not None}
        raise errors[min(errors)]

    def _begin(self, number: int) -> None:
        name = f"{self._ask.job_id} {number}"
        threading.Thread(target=self._ride, args=(number,), name=name, daemon=True).start()

    def _ride(self, number: int) -> None:
        try:
            if number == FIRST:
                end = self._called(number)
            else:
                with self._run.second_place() as there:
                    self._has_second = there
                    end = self._called(number) if there else End(number)
        except Exception as error:
            if number == SECOND:  # the first one's is raised
                log.exception("hedge_broke", extra={"fields": {"job_id": self._ask.job_id}})
            end = End(number, error=error)
        with self._closing:
            if not self._over.is_set():
                self._arrived.put(end)
                return
        self._lose(end)

    def _called(self, number: int) -> End[Made]:
        try:
            answer, made = self._call(self._ask, Lane(self._pause, self._over.is_set))
        except PhotoaiError as error:
            return End(number, error=error)
        return End(number, answer, made)

    def _pause(self, seconds: float) -> None:
        """The place is kept meanwhile. Raises ProviderTimeout: the race is over."""
        if self._over.wait(seconds):
            raise ProviderTimeout(vendor="another call was faster")

    def _close(self, lost: Iterable[End[Made]]) -> None:
        """Nobody looks at ends any more: each call loses its own."""
        with self._closing:
            self._over.set()
        for end in lost:
            self._lose(end)
        with suppress(queue.Empty):
            while True:
                self._lose(self._arrived.get_nowait())

    def _lose(self, end: End[Made]) -> None:
        if end.cost:
            self._lost(end.cost)
