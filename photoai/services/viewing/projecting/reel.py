"""The pictures of a video at one size and rate, decoded ahead of those who look at them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field

from photoai.errors import PhotoaiError

from .spool import Spool

# So far ahead of whoever is furthest a decoder works; so far it must have worked.
AHEAD_SEC, AT_HAND_SEC = 2.0, 1.0
# What is this close is waited for; what is farther gets a decoder of its own.
CLOSE_SEC = 3.0
# More than two places in one video are watched by turns.
RUNS = 2
IDLE_SEC = 10.0
SPOOL_BYTES = 128 << 20

# Decodes the pictures from this one on.
Decode = Callable[[int], Generator[bytes, None, None]]


@dataclass(eq=False)
class Run:
    """A decoder at work: `next` is the picture it gives next."""

    begin: int
    next: int
    wanted: int
    wanted_at: float = field(default_factory=time.monotonic)
    is_over: bool = False


class Reel:
    """`frames` is the number of pictures; fewer once it turned out so. `changed` is notified of
    every picture, and its lock guards everything here."""

    def __init__(
        self,
        decode: Decode,
        size_bytes: int,
        frames: int,
        fps: float,
        changed: threading.Condition,
    ) -> None:
        self._decode = decode
        self._changed = changed
        self._spool = Spool(size_bytes, SPOOL_BYTES)
        self._runs: list[Run] = []
        self._ahead = max(1, min(round(AHEAD_SEC * fps), self._spool.room // (2 * RUNS)))
        self._at_hand = max(1, min(round(AT_HAND_SEC * fps), self._ahead))
        self._close = round(CLOSE_SEC * fps)
        self.frames = frames
        self._error: PhotoaiError | None = None

    def look(self, number: int) -> bytes | None:
        """A picture, None while it is not decoded; those after it will be.

        Raises:
            PhotoaiError: it cannot be.
        """
        with self._changed:
            picture = self._spool.get(number)
            if picture is None and self._error is not None:
                raise self._error
        self.see_to(number)
        return picture

    def see_to(self, number: int) -> None:
        """Somebody is at this picture: those after it will be at hand."""
        with self._changed:
            if self._error is None:
                self._see_to(number)

    def knows(self, number: int) -> bool:
        """Whether `look` would not have to wait; the lock is held."""
        return number in self._spool or self._error is not None or number >= self.frames

    def close(self) -> None:
        with self._changed:
            for run in self._runs:
                run.is_over = True
            self._changed.notify_all()
            self._spool.close()

    def _see_to(self, number: int) -> None:
        until = min(number + self._at_hand, self.frames)
        missing = next((each for each in range(number, until) if each not in self._spool), None)
        comes = missing is None
        for run in self._runs:
            if run.begin <= number <= run.next + self._close:
                run.wanted, run.wanted_at = max(run.wanted, number), time.monotonic()
                self._changed.notify_all()
            comes = comes or (missing is not None and self._comes(run, missing))
        if missing is not None and not comes:
            self._begin(missing)

    def _comes(self, run: Run, number: int) -> bool:
        return not run.is_over and run.next <= number <= run.next + self._close

    def _begin(self, number: int) -> None:
        if len(self._runs) >= RUNS:
            longest_ago = min(self._runs, key=lambda run: run.wanted_at)
            longest_ago.is_over = True
            self._runs.remove(longest_ago)
        run = Run(number, number, number)
        self._runs.append(run)
        threading.Thread(target=self._roll, args=(run,), name="reel", daemon=True).start()

    def _roll(self, run: Run) -> None:
        error, ended = None, False
        try:
            with closing(self._decode(run.next)) as pictures:
                ended = not any(self._keep(run, picture) for picture in pictures)
        except PhotoaiError as raised:
            error = raised
        with self._changed:
            if run.is_over:
                return
            run.is_over = True
            self._runs.remove(run)
            self._error = error
            if ended:
                self.frames = min(self.frames, run.next)
            self._changed.notify_all()

    def _keep(self, run: Run, picture: bytes) -> bool:
        """Whether that is enough of them."""
        with self._changed:
            if run.is_over or run.next >= self.frames:
                return True
            self._spool.put(run.next, picture)
            run.next += 1
            self._changed.notify_all()
            while not run.is_over and run.next > run.wanted + self._ahead:
                if not self._changed.wait(IDLE_SEC) and self._is_idle(run):
                    return True
            return run.is_over or self._is_old_ground(run)

    def _is_idle(self, run: Run) -> bool:
        return time.monotonic() - run.wanted_at >= IDLE_SEC

    def _is_old_ground(self, run: Run) -> bool:
        """Another decoder has been here."""
        until = min(run.next + self._at_hand, self.frames)
        return run.next < until and all(each in self._spool for each in range(run.next, until))
