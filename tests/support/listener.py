"""A client of live events, as browsers are."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .closing import Closing
from .server import Client, Server
from .waiting import wait_until


@dataclass(frozen=True)
class Heard:
    """One event; `at` is when it was read, by the wall clock."""

    id: int | None
    kind: str
    data: Any
    at: float


class Listener(Closing):
    """Reads a stream in a thread of its own until it ends or is closed."""

    def __init__(
        self, server: Server, client: Client, path: str = "/api/events", last_id: object = None
    ) -> None:
        self.events: list[Heard] = []
        self.comments = 0
        self.last_id: int | None = None
        self._began = False
        headers = {"Authorization": str(client.headers["Authorization"])}
        headers |= {} if last_id is None else {"Last-Event-ID": str(last_id)}
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._connection.request("GET", path, headers=headers)
        assert self._connection.sock is not None
        self._wire: socket.socket = self._connection.sock
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.headers = self._answer.headers
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def wait_for(self, fits: Callable[[Heard], bool], what: str = "", sec: float = 15) -> Heard:
        return wait_until(
            lambda: next((event for event in self.events if fits(event)), None), sec, what
        )

    def wait_until_it_began(self) -> Listener:
        """Until it has told what was known."""
        wait_until(lambda: self._began or self.ended, 15, "the stream began")
        return self

    def close(self) -> None:
        with suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._answer.close()
        self._connection.close()
        self._wire.close()

    def _listen(self) -> None:
        block: dict[str, str] = {}
        with suppress(OSError, http.client.HTTPException):
            while line := self._answer.readline():
                name, _, value = line.decode().rstrip("\n").partition(":")
                if value and name:
                    block[name] = value.removeprefix(" ")
                elif line == b"\n":
                    self._take(block)
                    block = {}
                else:
                    self.comments += 1

    def _take(self, block: dict[str, str]) -> None:
        if "id" in block:
            self.last_id = int(block["id"])
        if "data" in block:
            own_id = int(block["id"]) if "id" in block else None
            data = json.loads(block["data"])
            self.events.append(Heard(own_id, block["event"], data, time.time()))
        elif "id" in block:
            self._began = True
