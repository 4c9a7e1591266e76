"""A TCP proxy that can fall silent, as a network does when a cable is pulled."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress


class SilentProxy:
    """Listens on a port of its own and passes everything on, until it is told to be silent: then
    nothing passes in either direction and nobody is told. Cutting ends every connection."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._passing = threading.Event()
        self._passing.set()
        self._ended = threading.Event()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def fall_silent(self) -> None:
        self._passing.clear()

    def speak(self) -> None:
        self._passing.set()

    def cut(self) -> None:
        for pair in tuple(self._pairs):
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ended.set()
        self.speak()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        self._passing.wait()
        try:
            far = socket.create_connection(self._target, 5)
        except OSError:
            near.close()
            return
        pair = (near, far)
        self._pairs.add(pair)
        try:
            self._pass_on(near, far)
        finally:
            self._pairs.discard(pair)
            near.close()
            far.close()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        while not self._ended.is_set():
            ready, _, _ = select.select([near, far], [], [], 0.5)
            self._passing.wait()
            for end in ready:
                try:
                    data = end.recv(65536)
                    if not data:
                        return
                    other[end].sendall(data)
                except OSError:
                    return

    def __enter__(self) -> SilentProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
