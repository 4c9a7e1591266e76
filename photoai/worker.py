"""gunicorn's gevent worker, as it runs photoai."""

from __future__ import annotations

import errno
import signal
import socket
from contextlib import suppress
from typing import Any

from gunicorn.workers.ggevent import GeventWorker

STALLED_SEC = 30.0


class Worker(GeventWorker):
    """Ends as soon as its last answer has left, however many connections clients keep open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: set[socket.socket] = set()

    def init_signals(self) -> None:
        super().init_signals()
        # Ctrl-C reaches the master too, and it tells us what to do.
        signal.signal(signal.SIGINT, lambda number, frame: None)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._idle.add(client)
        try:
            super().handle(listener, client, addr)
        finally:
            self._idle.discard(client)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        self._idle.discard(sock)
        sock.settimeout(STALLED_SEC)  # who neither sends nor takes anything for so long is gone
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "The client took nothing.") from error
        finally:
            self._idle.add(sock)
            sock.settimeout(None)  # between requests `keepalive` counts
            if not self.alive:
                _take_no_more(sock)

    def is_already_handled(self, respiter: Any) -> bool:
        """An answer that goes on in another protocol takes the connection over, until it ends."""
        if (take_over := getattr(respiter, "take_over", None)) is not None:
            take_over()
            raise StopIteration
        return bool(super().is_already_handled(respiter))

    def let_go_of_idle(self) -> None:
        """Close every connection that is between two requests; call it when `alive` is cleared."""
        for client in tuple(self._idle):
            _take_no_more(client)


def _take_no_more(client: socket.socket) -> None:
    # What has arrived is still read and answered; then the reader finds the end. By a socket of our
    # own on the same connection: gevent would tell who reads this one that it is broken.
    with suppress(OSError), client.dup() as twin:  # it is closed already
        twin.shutdown(socket.SHUT_RD)
