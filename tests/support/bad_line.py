"""A line to a server on which things go wrong when a test says so."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum

READ_BYTES = 65536
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
FOREIGN = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html>Welcome"


class Line(Enum):
    GOOD = "good"
    SILENT = "silent"  # takes what is sent and never answers
    BROKEN = "broken"  # answers 500 to everything
    FOREIGN = "foreign"  # somebody else answers, and agrees to everything
    CUT = "cut"  # hangs up in the middle of every longer answer


class BadLine:
    """A relay on a loopback `port` to the server at `target`; `state` may be changed at any time,
    and `cut_after` bytes of an answer a line that is cut hangs up."""

    def __init__(self, target: int, *, cut_after: int = 100_000) -> None:
        self.state = Line.GOOD
        self.cut_after = cut_after
        self._target = target
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._ear.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._hung_up = threading.Event()

    def __enter__(self) -> BadLine:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._hung_up.set()
        for each in (self._ear, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self) -> None:
        with suppress(OSError):  # until it is closed
            while True:
                caller, _ = self._ear.accept()
                threading.Thread(target=self._relay, args=(caller,), daemon=True).start()

    def _relay(self, caller: socket.socket) -> None:
        self._open.add(caller)
        with caller, socket.create_connection(("127.0.0.1", self._target)) as server:
            self._open.add(server)
            threading.Thread(target=self._answer, args=(server, caller), daemon=True).start()
            with suppress(OSError):
                while sent := caller.recv(READ_BYTES):
                    if self.state is Line.SILENT:
                        self._hung_up.wait()
                    if self.state in (Line.BROKEN, Line.FOREIGN):
                        caller.sendall(BROKEN if self.state is Line.BROKEN else FOREIGN)
                        break
                    server.sendall(sent)
            _hang_up(server, caller)
        self._open -= {caller, server}

    def _answer(self, server: socket.socket, caller: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while said := server.recv(READ_BYTES):
                if self.state is Line.CUT and passed + len(said) > self.cut_after:
                    break
                caller.sendall(said)
                passed += len(said)
        _hang_up(server, caller)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
