"""Clients that take too long to send are hung up on."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LOOK_EVERY_SEC = 0.5


class Watch:
    """One thread looks after every upload: a timer for each would cost more than its reading."""

    def __init__(self) -> None:
        self._deadlines: dict[object, tuple[float, socket.socket | None]] = {}
        self._expired: set[object] = set()
        self._lock = threading.Lock()
        self._running = False

    @contextmanager
    def over(self, wire: socket.socket | None, seconds: float) -> Iterator[Callable[[], bool]]:
        """Close our ear to `wire` when the block takes longer than `seconds`; what the client is
        told still reaches it. The block gets a function that says whether that happened."""
        ticket = object()
        with self._lock:
            self._deadlines[ticket] = (time.monotonic() + seconds, wire)
            if not self._running:
                self._running = True
                threading.Thread(target=self._look, name="uploads", daemon=True).start()
        try:
            yield lambda: ticket in self._expired
        finally:
            with self._lock:
                self._deadlines.pop(ticket, None)
                self._expired.discard(ticket)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_SEC)
            with self._lock:
                if not self._deadlines:
                    self._running = False
                    return
                late = [
                    (ticket, wire)
                    for ticket, (deadline, wire) in self._deadlines.items()
                    if deadline < time.monotonic()
                ]
            for ticket, wire in late:
                self._expired.add(ticket)
                if wire is not None:
                    with suppress(OSError):
                        wire.shutdown(socket.SHUT_RD)


watch = Watch()
