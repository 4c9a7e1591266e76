"""A WebSocket's last words, over a pair of sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side

from photoai.blueprints.websocket import WebSocket, text_frame

MOST_BYTES = 1000


@pytest.fixture
def wires() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for each in (ours, theirs):
            each.settimeout(10)
        yield ours, theirs


def test_why_it_ends_is_said_before_goodbye_whoever_else_is_speaking(
    wires: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = wires
    wire = WebSocket(ours, Protocol(Side.SERVER, max_size=MOST_BYTES))
    theirs.sendall(Frame(Opcode.TEXT, b"x" * (MOST_BYTES + 1)).serialize(mask=True))
    assert list(wire.listen(lambda size_bytes: None)) == []
    assert wire.is_too_large
    wire.flush()  # as who shows pictures does after each of them
    wire.send(text_frame(b"why"))
    theirs.shutdown(socket.SHUT_WR)
    listener = threading.Thread(target=lambda: None)
    listener.start()
    wire.close(CloseCode.MESSAGE_TOO_BIG, listener)
    heard = Protocol(Side.CLIENT)
    heard.receive_data(theirs.recv(1000))
    why, goodbye = (frame for frame in heard.events_received() if isinstance(frame, Frame))
    assert (why.opcode, bytes(why.data)) == (Opcode.TEXT, b"why")
    assert goodbye.opcode is Opcode.CLOSE
    assert heard.close_rcvd is not None
    assert heard.close_rcvd.code == CloseCode.MESSAGE_TOO_BIG
