"""A connection that ends in time, whatever comes through it."""

from __future__ import annotations

import io
import socket
import ssl
import time
from http.client import HTTPResponse
from typing import Any

from urllib3.util.ssltransport import SSLTransport

from .hop import Hop, Question

PIECE_BYTES = 64 * 1024


class Wire:
    """A socket with a deadline and an allowance of bytes for everything that arrives."""

    def __init__(self, hop: Hop, sock: socket.socket, allowance: int, deadline: float) -> None:
        self._hop, self._socket = hop, sock
        self._allowance, self._deadline = allowance, deadline

    def recv(self, size: int) -> bytes:
        """What SSLTransport reads by."""
        buffer = memoryview(bytearray(size))
        return bytes(buffer[: self.recv_into(buffer)])

    def recv_into(self, buffer: Any) -> int:
        self._socket.settimeout(seconds_left(self._deadline))
        count = self._socket.recv_into(buffer)
        self._allowance -= count
        if self._allowance < 0:
            raise self._hop.too_large()
        return count

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(seconds_left(self._deadline))
        self._socket.sendall(data)


class _Stream(io.RawIOBase):
    """A wire, or TLS over one, in the shape http.client takes."""

    def __init__(self, carrier: Wire | SSLTransport) -> None:
        self._carrier = carrier

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return int(self._carrier.recv_into(buffer) or 0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self, PIECE_BYTES)


def ask(hop: Hop, wire: Wire, tls: ssl.SSLContext | None, question: Question) -> HTTPResponse:
    """Send the hop's request and read the head of its answer; in the clear without `tls`.

    Raises:
        FetchTooLarge: more came than the wire allows.
        OSError, HTTPException, ValueError: the connection, TLS or the answer is broken.
    """
    carrier = carried(hop, wire, tls)
    carrier.sendall(hop.request(question))
    response = HTTPResponse(_Stream(carrier), method=question.method)  # type: ignore[arg-type]
    response.begin()
    return response


def carried(hop: Hop, wire: Wire, tls: ssl.SSLContext | None) -> Wire | SSLTransport:
    """What to talk through: TLS that has shaken hands, or the wire itself without `tls`.

    Raises:
        OSError, ValueError: the connection or TLS is broken.
    """
    # Unlike an SSLSocket it reads by `wire.recv`, so the deadline holds in a handshake too.
    return SSLTransport(wire, tls, hop.host) if tls else wire  # type: ignore[arg-type]


def seconds_left(deadline: float) -> float:
    """Until the deadline, a `time.monotonic()` value. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
