"""A small internet: names and addresses that all lead to one real server on loopback."""

from __future__ import annotations

import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from photoai.services.fetch import Fetched, Fetcher, Network

PUBLIC, OTHER_PUBLIC = "93.184.216.34", "2606:4700:4700::1111"
LOOPBACK = "127.0.0.1"
Page = Callable[[], Iterable[bytes]]


class Site(ThreadingTCPServer):
    """Answers each path with the very bytes a test hands it, and remembers what it was asked."""

    allow_reuse_address = daemon_threads = True
    block_on_close = False

    def __init__(self, tls: ssl.SSLContext | None = None, greeting: Page | None = None) -> None:
        super().__init__((LOOPBACK, 0), Visit)
        self.pages: dict[str, Page] = {}
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.tls, self.greeting = tls, greeting

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Site:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join(10)
        self.server_close()

    def says(self, path: str, *pieces: bytes) -> None:
        self.pages[path] = lambda: pieces

    def says_in_turn(self, path: str, *answers: bytes) -> None:
        """One answer a visit, the last one for good."""
        left = list(answers)
        self.pages[path] = lambda: [left.pop(0) if len(left) > 1 else left[0]]

    def sends_to(self, path: str, location: str, status: str = "302 Found") -> None:
        self.says(path, answer(b"", status, f"Location: {location}"))


class Visit(StreamRequestHandler):
    server: Site

    def setup(self) -> None:
        with suppress(OSError):
            if self.server.tls is not None:
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        with suppress(OSError):  # the guest has left
            for piece in self.server.greeting() if self.server.greeting else self._page():
                self.wfile.write(piece)

    def _page(self) -> Iterable[bytes]:
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        if not head.strip():
            return ()
        self.server.heads.append(head)
        length = re.search(rb"(?im)^content-length: ([0-9]+)", head)
        self.server.bodies.append(self.rfile.read(int(length[1])) if length else b"")
        return self.server.pages[head.split()[1].decode()]()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
            self.request.close()


class Names(Network):
    """What each name stands for, one answer after the other, the last one for good."""

    def __init__(self, site: Site, **answers: list[list[str]]) -> None:
        self._site = site
        self._answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.asked: list[str] = []
        self.reached: list[tuple[str, int]] = []

    def addresses(self, host: str) -> Collection[str]:
        self.asked.append(host)
        found = self._answers.get(host, [[]])
        return found.pop(0) if len(found) > 1 else found[0]

    def connect(self, address: str, port: int, timeout_sec: float) -> socket.socket:
        self.reached.append((address, port))
        return socket.create_connection((LOOPBACK, self._site.port), timeout_sec)


@dataclass
class Download:
    body: bytes
    fetched: Fetched


def download(
    fetcher: Fetcher, url: str, *, max_bytes: int = 1_000_000, within_sec: float = 5, **how: Any
) -> Download:
    into = io.BytesIO()
    deadline = time.monotonic() + within_sec
    fetched = fetcher.fetch(url, into, max_bytes=max_bytes, deadline=deadline, **how)
    return Download(into.getvalue(), fetched)


def answer(body: bytes = b"photo", status: str = "200 OK", *headers: str) -> bytes:
    """An answer of known length, unless a header says otherwise."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.startswith(("Content-Length", "Transfer-Encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
