"""DSLR Remote Pro on a raw socket, well-behaved or not."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from .waiting import paced

CONTINUE_WITHIN_SEC = 2.0
BOUNDARY = "----------------------------4ebf00fbcf09"
FIELDS = {
    "time": "20261121120000",
    "user_id": "C:\\Users\\Booth operator",
    "id": "",
    "profile": "C:\\Booth\\Wedding.xml",
    "status": "printing",
    "hash": "d41d8cd98f00b204e9800998ecf8427e",
    "name": "Guest",
    "model": "Canon EOS R6",
    "version": "4.2.1",
}


@dataclass(frozen=True)
class BoothAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    was_told_to_continue: bool = False
    reason: str = ""

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.body)["error"]


@dataclass(frozen=True)
class Part:
    name: str
    content: bytes
    filename: str | None = None
    content_type: str = "image/jpeg"


@dataclass
class Booth:
    host: str
    port: int
    password: str = ""
    fields: dict[str, str] = field(default_factory=lambda: dict(FIELDS))

    def send(
        self,
        photo: bytes | None,
        *,
        slot: str = "slot-001",
        path: str | None = None,
        password: str | None = None,
        fields: Mapping[str, str] | None = None,
        file_field: str = "fileToUpload",
        filename: str = "DSC_0001.JPG",
        content_type: str = "image/jpeg",
        more: tuple[Part, ...] = (),
        expect: bool = True,
        chunked: bool = False,
        bytes_per_sec: int | None = None,
        timeout: float = 60,
    ) -> BoothAnswer:
        """Send as the booth program does: its fields, the file, then the password.

        `path` is the whole target in place of the slot's link; no `photo` is a form without a file.
        """
        file = None if photo is None else Part(file_field, photo, filename, content_type)
        body = form([*self._parts(file, password, fields or {}), *more])
        sent = as_chunks(body) if chunked else body
        started = time.monotonic()
        with self.connect(timeout) as wire:
            told = self.send_head(
                wire, len(body), slot=slot, path=path, expect=expect, chunked=chunked
            )
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered already
                for piece in paced(sent, bytes_per_sec) if bytes_per_sec else [sent]:
                    wire.sendall(piece)
            return read_answer(wire, started, told)

    @contextmanager
    def stalled(
        self, photo: bytes, after: int, *, slot: str = "slot-001", timeout: float = 60
    ) -> Iterator[socket.socket]:
        """An upload that stops after so many bytes of its body; leaving the block hangs up."""
        body = form(self._parts(Part("fileToUpload", photo, "DSC_0001.JPG"), None, {}))
        assert after < len(body), "That would be the whole body."
        with self.connect(timeout) as wire:
            if self.send_head(wire, len(body), slot=slot):
                take_interim(wire)  # unread bytes would turn hanging up into a reset
            wire.sendall(body[:after])
            yield wire

    def _parts(
        self, file: Part | None, password: str | None, fields: Mapping[str, str]
    ) -> list[Part]:
        parts = [Part(name, value.encode()) for name, value in (self.fields | dict(fields)).items()]
        given = self.password if password is None else password
        return [*parts, *([file] if file else []), Part("password", given.encode())]

    def connect(self, timeout: float = 60) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout)

    def send_head(
        self, wire: socket.socket, length: int, *, slot: str = "slot-001",
        path: str | None = None, expect: bool = True, chunked: bool = False,
    ) -> bool:  # fmt: skip
        """The request's head; whether the server said to go on."""
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
        lines = [
            f"POST {path or f'/ingest/{slot}'} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
            framing,
            *(["Expect: 100-continue"] if expect else []),
        ]
        wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return expect and told_to_continue(wire)


def told_to_continue(wire: socket.socket) -> bool:
    """Whether `100 Continue` came within two seconds; nothing is taken off the wire."""
    patience = wire.gettimeout()
    wire.settimeout(CONTINUE_WITHIN_SEC)
    try:
        return wire.recv(64, socket.MSG_PEEK).startswith(b"HTTP/1.1 100")
    except TimeoutError:
        return False
    finally:
        wire.settimeout(patience)


def take_interim(wire: socket.socket) -> None:
    seen = b""
    while not seen.endswith(b"\r\n\r\n"):
        seen += wire.recv(1) or b"\r\n\r\n"


def form(parts: list[Part]) -> bytes:
    pieces = []
    for part in parts:
        disposition = f'form-data; name="{part.name}"'
        if part.filename is not None:
            disposition += f'; filename="{part.filename}"\r\nContent-Type: {part.content_type}'
        head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n"
        pieces.append(head.encode() + part.content + b"\r\n")
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


def as_chunks(body: bytes, size: int = 60_000) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    framed = [f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces]
    return b"".join(framed) + b"0\r\n\r\n"


def read_answer(wire: socket.socket, started: float, told: bool = False) -> BoothAnswer:
    """The final answer, complete or an exception."""
    with http.client.HTTPResponse(wire, method="POST") as answer:
        answer.begin()
        body = answer.read()
        seconds = time.monotonic() - started
        return BoothAnswer(answer.status, answer.headers, body, seconds, told, answer.reason)
