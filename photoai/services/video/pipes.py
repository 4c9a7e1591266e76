"""The pipes of a running program, watched in one thread: what it says, what it is fed, when it is
late or silent."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from typing import IO

from photoai.errors import NotInTime, RenderFailed

log = logging.getLogger(__name__)

PIECE_BYTES = 1 << 18
PIPE_BYTES = 1 << 20
LONGEST_LINE = 1 << 16
END_SEC = 10.0  # between the end of its words and its own


class Pipes:
    """`deadline` is a time of `time.monotonic`; who does not call `alive` for `stall_sec` while
    reading says that the program hangs."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        deadline: float,
        stall_sec: float,
        feed: Iterator[bytes | memoryview] | None = None,
    ) -> None:
        self._process = process
        self._deadline = deadline
        self._stall_sec = stall_sec
        self._feed = feed
        self._rest = memoryview(b"")
        self._alive_at = time.monotonic()

    def alive(self) -> None:
        self._alive_at = time.monotonic()

    def pieces(self) -> Iterator[tuple[str, bytes]]:
        """`("stdout" | "stderr", bytes)` as they come, until both are closed.

        Raises:
            NotInTime: the deadline passed.
            RenderFailed: nothing happened for too long.
        """
        with selectors.DefaultSelector() as selector:
            for name in ("stdout", "stderr"):
                selector.register(
                    _widened(getattr(self._process, name)), selectors.EVENT_READ, name
                )
            if self._feed is not None:
                stdin = _widened(self._process.stdin)
                os.set_blocking(stdin.fileno(), False)
                selector.register(stdin, selectors.EVENT_WRITE, "stdin")
            listening = 2
            while listening:
                for key, _ in selector.select(self._patience()):
                    if key.data == "stdin":
                        if not self._fed(key.fd):
                            selector.unregister(key.fileobj)
                    elif piece := os.read(key.fd, PIECE_BYTES):
                        yield key.data, piece
                    else:
                        selector.unregister(key.fileobj)
                        listening -= 1

    def lines(self) -> Iterator[tuple[str, str]]:
        """The same as whole lines; what pretends to be one longer than 64 kB is dropped."""
        rests = {"stdout": b"", "stderr": b""}
        for name, piece in self.pieces():
            *whole, rest = (rests[name] + piece).split(b"\n")
            rests[name] = rest if len(rest) < LONGEST_LINE else b""
            for line in whole:
                yield name, line.decode(errors="replace").rstrip("\r")

    def wait(self) -> None:
        """Until the program has ended; it has closed its pipes.

        Raises:
            NotInTime: it does not end.
        """
        try:
            self._process.wait(END_SEC)
        except subprocess.TimeoutExpired:
            raise NotInTime from None

    def _patience(self) -> float:
        now = time.monotonic()
        if now >= self._deadline:
            raise NotInTime
        if now >= self._alive_at + self._stall_sec:
            log.warning("ffmpeg did nothing for %s s", self._stall_sec)
            raise RenderFailed(details={"silent_sec": self._stall_sec})
        return min(self._deadline, self._alive_at + self._stall_sec) - now

    def _fed(self, descriptor: int) -> bool:
        """Write what fits; whether there may be more."""
        if not self._rest and self._feed is not None:
            self._rest = memoryview(next(self._feed, b""))
        try:
            written = os.write(descriptor, self._rest) if self._rest else 0
        except BlockingIOError:
            return True
        except BrokenPipeError:  # its exit code will say why
            written = 0
        self._rest = self._rest[written:]
        if not written and self._process.stdin is not None:
            self._process.stdin.close()
        return bool(written)


def _widened(pipe: IO[bytes] | None) -> IO[bytes]:
    """The same pipe with room for large pictures, as far as the system allows."""
    if pipe is None:
        raise RenderFailed
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return pipe
