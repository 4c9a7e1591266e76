"""Who is told of jobs that have ended: a real HTTP server that takes webhooks, well or badly."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECE = b"x" * 65536


@dataclass(frozen=True)
class Told:
    """One POST as it came; `at` is a `time.monotonic()` value."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def message(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def delivery(self) -> str:
        return self.headers["X-Photoai-Delivery"]

    def is_signed_with(self, secret: str, within_sec: float = 300) -> bool:
        """As docs/http-api.md tells receivers to verify it."""
        parts = dict(part.split("=", 1) for part in self.headers["X-Photoai-Signature"].split(","))
        signed = f"{parts['t']}.".encode() + self.body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(parts["t"])) < within_sec
        return hmac.compare_digest(expected, parts["v1"]) and fresh


class Receiver(ThreadingHTTPServer):
    """The path says what becomes of a message: `/200`, `/500`, `/302` answer so, `/hang` and
    `/close` do not answer, `/huge` never stops answering. `then` are answers for the paths
    below `/then`, one after the other, the last one for good."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Visit)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.told: list[Told] = []
        self.then = ["200"]
        self.closing = threading.Event()
        self.at_once = self.most_at_once = 0
        self.counting = threading.Lock()

    def of(self, path: str) -> list[Told]:
        return [each for each in self.told if each.path == path]

    def count(self, change: int) -> None:
        with self.counting:
            self.at_once += change
            self.most_at_once = max(self.at_once, self.most_at_once)

    def __enter__(self) -> Receiver:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Whoever hung up had heard enough."""


class _Visit(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = Told(self.path, dict(self.headers.items()), body, time.monotonic())
        self.server.told.append(told)
        self.server.count(1)
        try:
            with suppress(OSError):
                self._answer(self.path.split("/")[1])
        finally:
            self.server.count(-1)

    def do_GET(self) -> None:
        raise AssertionError("Nobody asks a receiver of webhooks.")

    def _answer(self, word: str) -> None:
        if word == "then":
            word = self.server.then.pop(0) if len(self.server.then) > 1 else self.server.then[0]
        if word == "hang":
            self.server.closing.wait(60)
        elif word == "huge":
            self._head(200, 10**12)
            while not self.server.closing.is_set():
                self.wfile.write(PIECE)
        elif word.isdigit():
            self._head(int(word), 0)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Location", f"{self.server.url}/200")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: pytest shows what matters."""
