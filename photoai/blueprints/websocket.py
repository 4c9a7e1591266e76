"""WebSocket (https://www.rfc-editor.org/rfc/rfc6455) on the socket a request came by.

The handshake and what arrives are read by `websockets`, without its own input and output. No
extension is agreed on: nothing that arrives grows, and what is sent to many is framed once for all
of them.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from flask import Response, request
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Protocol, Side, State
from websockets.server import ServerProtocol

from photoai.errors.viewing import WebSocketNeeded
from photoai.offload import look_around

from .sse import UNSENT_BYTES

# Not more: all of its frames are read in one turn, and others wait meanwhile.
PIECE_BYTES = 1 << 14
# So many frames a second are read of each that are whole messages, or too short to be a good part
# of one; so many may come at once.
FRAMES_PER_SEC = 200.0
SHORT_BYTES = 1024
# Who takes nothing for so long is let go.
STALLED_SEC = 15.0
# How long the other side may take to say goodbye.
GOODBYE_SEC = 3.0
# How often who keeps the pace looks whether the conversation still goes on.
REST_SEC = 0.25
DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
RESET = struct.pack("ii", 1, 0)  # closed at once, and what was not taken is dropped (socket(7))
quiet = logging.getLogger("photoai.websocket")
quiet.setLevel(logging.WARNING)
Talk = Callable[["WebSocket"], None]


class WebSocket:
    """One thread may listen while another one sends."""

    def __init__(self, wire: socket.socket, protocol: Protocol) -> None:
        self._wire = wire
        self._protocol = protocol
        self._asked_at: float | None = None
        self._pace = Pace(FRAMES_PER_SEC)

    def limit(self, message_bytes: int) -> None:
        """No message that begins from now on may be larger."""
        self._protocol.max_message_size = message_bytes

    @property
    def max_bytes(self) -> int:
        return self._protocol.max_message_size or 0

    @property
    def is_too_large(self) -> bool:
        """Whether the conversation ended because a message was."""
        said = self._protocol.close_sent
        return said is not None and said.code == CloseCode.MESSAGE_TOO_BIG

    @property
    def is_open(self) -> bool:
        return self._protocol.state is State.OPEN

    def listen(self, growing: Callable[[int], None]) -> Iterator[bytes | bytearray | None]:
        """Each message, text or not, as long as the conversation goes on; None for a ping.
        `growing` is told how much of a message has come, and may wait. Who says more than anybody
        can mean is read as slowly as anybody speaks."""
        parts, coming = bytearray(), 0
        while self.is_open and (piece := self._piece()):
            coming += len(piece)
            growing(coming)
            self._protocol.receive_data(piece)
            for frame in self._protocol.events_received():
                assert isinstance(frame, Frame)
                self._pace.count(frame.fin or len(frame.data) < SHORT_BYTES)
                if frame.opcode is Opcode.PING:
                    yield None
                elif frame.opcode in DATA and frame.fin:
                    whole = parts + frame.data if parts else frame.data
                    parts, coming = bytearray(), 0
                    yield bytes(whole) if isinstance(whole, memoryview) else whole
                elif frame.opcode in DATA:
                    parts += frame.data
            self._rest()
        if self.is_open:
            self._protocol.receive_eof()

    def _rest(self) -> None:
        """Let others have their turn, and keep the pace."""
        look_around()
        while self.is_open and (left_sec := self._pace.ahead_sec()) > 0:
            time.sleep(min(left_sec, REST_SEC))

    def _piece(self) -> bytes:
        """What arrives next; nothing at the end."""
        while True:
            try:
                piece = self._wire.recv(PIECE_BYTES)
            except TimeoutError:  # who watches need not say anything
                continue
            except OSError:
                return b""
            self._asked_at = None
            return piece

    def send(self, framed: bytes) -> None:
        """Raises OSError: nobody takes it."""
        self._wire.sendall(framed)

    def flush(self) -> None:
        """Send what the protocol itself has to say; but not its goodbye, after which nobody would
        hear why. Raises OSError"""
        if self.is_open:
            self._send_protocols()

    def _send_protocols(self) -> None:
        for piece in self._protocol.data_to_send():
            if piece:
                self._wire.sendall(piece)

    def ping(self, patience_sec: float) -> None:
        """Ask whether somebody is there.

        Raises:
            OSError: nobody has said so for longer than that.
        """
        now = time.monotonic()
        self._asked_at = self._asked_at or now
        if now - self._asked_at > patience_sec:
            raise TimeoutError
        if self.is_open:
            self._protocol.send_ping(b"")
            self.flush()

    def close(self, code: CloseCode, listener: threading.Thread) -> None:
        """Say goodbye, and give the other side time to do so."""
        with suppress(OSError):
            if self.is_open:
                self._protocol.send_close(code)
            self._send_protocols()
            self._wire.shutdown(socket.SHUT_WR)
            listener.join(GOODBYE_SEC)
            self._pass_over(time.monotonic() + GOODBYE_SEC)

    def _pass_over(self, until: float) -> None:
        """What is on its way: a connection closed before it was read loses our last words."""
        while (left_sec := until - time.monotonic()) > 0:
            self._wire.settimeout(left_sec)
            if not self._wire.recv(PIECE_BYTES):
                return

    def drop(self) -> None:
        """Without a word; who listens hears the end."""
        with suppress(OSError):
            self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._wire.shutdown(socket.SHUT_RD)


class Pace:
    """A bucket of so many, filled at so many a second (a leaky bucket: ITU-T I.371)."""

    def __init__(self, per_sec: float) -> None:
        self._per_sec = per_sec
        self._empty_at = time.monotonic()

    def count(self, is_one: bool) -> None:
        if is_one:
            self._empty_at = max(self._empty_at, time.monotonic()) + 1 / self._per_sec

    def ahead_sec(self) -> float:
        """How long to wait until it is not too full any more."""
        return self._empty_at - time.monotonic() - 1.0


class Upgraded(Response):
    """From here on it is no more HTTP: `talk` is called once the request is done."""

    def __init__(self, talk: Talk, max_bytes: int) -> None:
        super().__init__(status=101)
        self._talk = talk
        self._wire: socket.socket | None = request.environ.get("gunicorn.socket")
        self._max_bytes = max_bytes
        self._accepted = ServerProtocol(logger=quiet).accept(_handshake())
        if self._wire is None or self._accepted.status_code != 101:
            raise WebSocketNeeded
        del self.headers["Content-Type"], self.headers["Content-Length"]

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        for name, value in self.headers:
            self._accepted.headers[name] = value
        return Handover(self._take_over)

    def _take_over(self) -> None:
        assert self._wire is not None
        self._wire.settimeout(STALLED_SEC)
        self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
        if self._wire.family in (socket.AF_INET, socket.AF_INET6):
            self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        protocol = Protocol(Side.SERVER, max_size=self._max_bytes, logger=quiet)
        with suppress(OSError):
            self._wire.sendall(self._accepted.serialize())
            self._talk(WebSocket(self._wire, protocol))


class Handover:
    """An answer without a body: the server calls `take_over` instead, and ends the connection
    after it."""

    def __init__(self, take_over: Callable[[], None]) -> None:
        self.take_over = take_over

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


def text_frame(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def binary_frame(payload: bytes) -> bytes:
    return Frame(Opcode.BINARY, payload).serialize(mask=False)


def _handshake() -> Request:
    headers = Headers()
    for name, value in request.headers.items():
        headers[name] = value
    protocol = request.environ.get("SERVER_PROTOCOL", "")
    return Request(request.path, headers, method=request.method, protocol=protocol)
