"""A host that clips are downloaded from: honest by default, as bad as a test wants it."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

HOLD_AT_MOST_SEC = 60
Misbehaviour = Callable[["Visit"], None]


class ClipHost(ThreadingHTTPServer):
    """Serves files with validators and ranges (RFC 9110). `hold(name)` lets nobody have more than
    the first half until the event it returns is set; `asked` counts methods and names."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.files: dict[str, bytes] = {}
        self.misbehaves: dict[str, Misbehaviour] = {}
        self.held: dict[str, threading.Event] = {}
        self.asked: Counter[tuple[str, str]] = Counter()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for gate in self.held.values():
            gate.set()
        self.shutdown()
        self._thread.join(10)
        self.server_close()

    def put(self, name: str, content: bytes | Path) -> str:
        """Offer a file; its address."""
        self.files[name] = content if isinstance(content, bytes) else content.read_bytes()
        return self.address(name)

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"

    def hold(self, name: str) -> threading.Event:
        self.held[name] = threading.Event()
        return self.held[name]

    def answer(self, name: str, how: Misbehaviour) -> str:
        """Let an address be answered by a test; the address."""
        self.misbehaves[name] = how
        return self.address(name)


class Visit(BaseHTTPRequestHandler):
    server: ClipHost
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def _serve(self, with_body: bool) -> None:
        name = urlsplit(self.path).path.lstrip("/")
        self.server.asked[self.command, name] += 1
        self.close_connection = True
        with suppress(OSError):  # the guest has left
            if name in self.server.misbehaves:
                self.server.misbehaves[name](self)
            elif name not in self.server.files:
                self.send_error(404)
            else:
                self._send(name, self.server.files[name], with_body)

    def _send(self, name: str, content: bytes, with_body: bool) -> None:
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        asked = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked and self.headers.get("If-Range", tag) == tag else 0
        self.send_response(206 if first else 200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(content) - first))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", tag)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if with_body:
            self._body(name, content[first:])

    def _body(self, name: str, content: bytes) -> None:
        half = len(content) // 2
        self.wfile.write(content[:half])
        if gate := self.server.held.get(name):
            gate.wait(HOLD_AT_MOST_SEC)
        self.wfile.write(content[half:])

    def log_message(self, format: str, *args: object) -> None:
        """Not to the test's output."""
