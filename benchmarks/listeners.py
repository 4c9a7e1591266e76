"""Many listeners to live events, in a process of their own:
`python -m benchmarks.listeners HOST PORT COUNT` reads the token, prints `ready`, then listens until
its input ends and prints how late each listener was told of each slot that was saved."""

from __future__ import annotations

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import defaultdict
from datetime import datetime

SAVED = re.compile(rb'"updated_at":"([^"]+)"')
STARTED = re.compile(rb"\r\nid: \d+\n\n")
CONNECT_AT_ONCE = 50


class ListenerProcess:
    """Listeners that have all been told where they stand."""

    def __init__(self, host: str, port: int, token: str, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, host, str(port), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(token + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ready\n"

    def result_ms(self) -> list[list[float]]:
        """For each change, how late each listener was told, once nobody saves any more."""
        output, _ = self._process.communicate()
        result: list[list[float]] = json.loads(output)
        return result


def main() -> None:
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    request = _request(host, sys.stdin.readline().strip())
    selector = selectors.DefaultSelector()
    for begin in range(0, count, CONNECT_AT_ONCE):
        for wire in _connected(host, port, request, min(CONNECT_AT_ONCE, count - begin)):
            selector.register(wire, selectors.EVENT_READ, None)
    print("ready", flush=True)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    late_ms: defaultdict[bytes, list[float]] = defaultdict(list)
    while True:
        for key, _ in selector.select():
            if not isinstance(key.fileobj, socket.socket):
                print(json.dumps(list(late_ms.values())))
                return
            text, now = key.fileobj.recv(65536), time.time()
            for moment in SAVED.findall(text):
                saved = datetime.fromisoformat(moment.decode())
                late_ms[moment].append((now - saved.timestamp()) * 1000)


def _connected(host: str, port: int, request: bytes, count: int) -> list[socket.socket]:
    wires = [socket.create_connection((host, port), 60) for _ in range(count)]
    for wire in wires:
        wire.sendall(request)
    for wire in wires:
        text = b""
        while not STARTED.search(text):
            piece = wire.recv(65536)
            assert piece, text
            text += piece
    return wires


def _request(host: str, token: str) -> bytes:
    lines = ["GET /api/events HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


if __name__ == "__main__":
    main()
