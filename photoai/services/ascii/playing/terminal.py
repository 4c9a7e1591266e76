"""The terminal, as it is found and as it is left, whatever happens in between."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

Size = tuple[int, int]
# Another screen, no cursor, lines that are not wrapped; and as before.
ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?7l"
LEAVE = b"\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
CLEAR = b"\x1b[0m\x1b[2J"
LOCAL_MODES = 3  # of what termios tells
STOPPED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
BY_SIGNAL = 128  # is added to its number for the exit code


class Told(BaseException):
    """To stop, by Ctrl-C or another process; `exit_code` is what a shell expects then."""

    def __init__(self, number: int) -> None:
        self.exit_code = BY_SIGNAL + number
        super().__init__(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, the first signal raises Told; those that follow must not disturb the end."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in STOPPED_BY:
            signal.signal(each, signal.SIG_IGN)
        raise Told(number)

    before = {each: signal.signal(each, stop) for each in STOPPED_BY}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Terminal:
    """Ours inside a `with`, but for the time that Ctrl-Z lends it to others."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lent = 0

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTSTP, self._lend)
        self._modes = termios.tcgetattr(self._descriptor)
        self._take()
        return self

    def __exit__(self, *error: object) -> None:
        self._give_back()
        signal.signal(signal.SIGTSTP, self._before)

    def view(self) -> tuple[int, int, int]:
        """Its columns and rows, and another number whenever it must be drawn anew."""
        size = os.get_terminal_size(self._descriptor)
        return size.columns, size.lines, self._lent

    def clear(self) -> None:
        self.send(CLEAR)

    def write(self, text: str) -> None:
        self.send(text.encode())

    def send(self, sent: bytes) -> None:
        """At once: what is left in a buffer when a signal comes would be sent after its answer."""
        while sent:
            sent = sent[os.write(self._descriptor, sent) :]

    def _lend(self, number: int, frame: FrameType | None) -> None:
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()  # after SIGCONT
        self._lent += 1

    def _take(self) -> None:
        """Nothing that is typed shows."""
        silent = [*self._modes]
        silent[LOCAL_MODES] &= ~termios.ECHO
        termios.tcsetattr(self._descriptor, termios.TCSANOW, silent)
        self.send(ENTER)

    def _give_back(self) -> None:
        self.send(LEAVE)
        termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._modes)
