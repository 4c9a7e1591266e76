"""Many viewers of ASCII videos in a process of their own: `python -m benchmarks.audience HOST PORT`
reads what they watch, one JSON object, then prints when each of them got each frame."""

from __future__ import annotations

import base64
import json
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

NUMBER = re.compile(rb'\{"frame_number":(\d+),')
BETWEEN_SEC = 0.037  # so that they are not in step
MASK = b"\0\0\0\0"


def watched(
    host: str, port: int, token: str, files: list[str], seconds: float, **settings: Any
) -> list[list[tuple[float, int]]]:
    """One viewer for each of the files: the frames that came, each with its moment."""
    wish = {"token": token, "files": files, "seconds": seconds, "settings": settings}
    done = subprocess.run(
        [sys.executable, "-m", __name__, host, str(port)],
        input=json.dumps(wish),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: list[list[tuple[float, int]]] = json.loads(done.stdout)
    return result


@dataclass(eq=False)
class Viewer:
    wire: socket.socket
    rest: bytearray = field(default_factory=bytearray)
    frames: list[tuple[float, int]] = field(default_factory=list)
    until: float = 0.0

    def take(self) -> bool:
        """Note what has come; whether more may come."""
        piece = self.wire.recv(1 << 18)
        now = time.monotonic()
        self.rest += piece
        while (message := _message(self.rest)) is not None:
            if found := NUMBER.match(message):
                self.frames.append((now, int(found[1])))
        return bool(piece) and now < self.until


def main() -> None:
    host, port, wish = sys.argv[1], int(sys.argv[2]), json.loads(sys.stdin.read())
    selector = selectors.DefaultSelector()
    viewers = []
    for file_id in wish["files"]:
        wire = _opened(host, port, wish["token"])
        start = {"action": "start", "file_id": file_id, **wish["settings"]}
        wire.sendall(_frame(json.dumps(start).encode()))
        viewers.append(Viewer(wire, until=time.monotonic() + wish["seconds"]))
        selector.register(wire, selectors.EVENT_READ, viewers[-1])
        _listen(selector, time.monotonic() + BETWEEN_SEC)
    while selector.get_map():
        _listen(selector, time.monotonic() + 1)
    print(json.dumps([viewer.frames for viewer in viewers]))


def _listen(selector: selectors.BaseSelector, until: float) -> None:
    while selector.get_map() and (left := until - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            if not key.data.take():
                selector.unregister(key.fileobj)
                key.data.wire.close()


def _opened(host: str, port: int, token: str) -> socket.socket:
    wire = socket.create_connection((host, port), 60)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /api/v1/ws/convert HTTP/1.1", f"Host: {host}:{port}", f"Authorization: {token}",
        "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]  # fmt: skip
    wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += wire.recv(1)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return wire


def _frame(payload: bytes) -> bytes:
    """A text message as a client sends it (RFC 6455, 5.2)."""
    size = len(payload)
    head = (
        struct.pack("!BB", 0x81, 0x80 | size)
        if size < 126
        else struct.pack("!BBH", 0x81, 254, size)
    )
    return head + MASK + payload


def _message(rest: bytearray) -> bytes | None:
    """The first message that is whole, taken out."""
    if len(rest) < 2:
        return None
    size, head = rest[1], 2
    if size >= 126:
        head = 4 if size == 126 else 10
        if len(rest) < head:
            return None
        size = int.from_bytes(rest[2:head])
    if len(rest) < head + size:
        return None
    message = bytes(rest[head : head + min(size, 40)])
    del rest[: head + size]
    return message


if __name__ == "__main__":
    main()
