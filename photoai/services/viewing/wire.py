"""Between the web process and one that shows a video: orders one way, answers the other.

An order is a line of JSON with an `id`; an answer is its length and that of what follows it, a
JSON object with the order's `id`, and the bytes that follow. The wire is a Unix socket whose name
is in no folder (unix(7), abstract): nothing of it is left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any

LENGTHS = struct.Struct("<II")
PIECE_BYTES = 1 << 18
PEER = struct.Struct("3i")  # pid, uid, gid
COMES_WITHIN_SEC = 20.0


class Line:
    """The end that waits to be called; `name` is what the caller needs to know."""

    def __init__(self) -> None:
        self.name = f"photoai-{secrets.token_hex(16)}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(_address(self.name))
        self._listener.listen(1)
        self._listener.settimeout(COMES_WITHIN_SEC)

    def answered(self) -> socket.socket:
        """The wire, once it is called by a process of our own user.

        Raises:
            OSError: nobody called in time.
        """
        with self._listener:
            wire, _ = self._listener.accept()
        _, user, _ = PEER.unpack(wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
        if user != os.getuid():
            wire.close()
            raise PermissionError
        wire.settimeout(None)
        return wire

    def hang_up(self) -> None:
        self._listener.close()


def called(name: str) -> socket.socket:
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.connect(_address(name))
    return wire


def order(wire: socket.socket, said: Mapping[str, Any]) -> None:
    wire.sendall(json.dumps(said).encode() + b"\n")


def orders(wire: socket.socket) -> Iterator[dict[str, Any]]:
    """Until the other end is gone."""
    with wire.makefile("rb") as lines, contextlib.suppress(OSError):
        for line in lines:
            yield json.loads(line)


def answer(wire: socket.socket, said: Mapping[str, Any], payload: bytes = b"") -> None:
    text = json.dumps(said, ensure_ascii=False).encode()
    wire.sendall(LENGTHS.pack(len(text), len(payload)) + text + payload)


def answers(wire: socket.socket) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Until the other end is gone."""
    rest = bytearray()
    with contextlib.suppress(OSError):
        while piece := wire.recv(PIECE_BYTES):
            rest += piece
            while len(rest) >= LENGTHS.size:
                said, payload = LENGTHS.unpack_from(rest)
                whole = LENGTHS.size + said + payload
                if len(rest) < whole:
                    break
                text = bytes(rest[LENGTHS.size : LENGTHS.size + said])
                yield json.loads(text), bytes(rest[LENGTHS.size + said : whole])
                del rest[:whole]


def _address(name: str) -> str:
    return "\0" + name
