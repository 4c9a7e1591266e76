"""A client that sends a file in parts, whole or cut off, as browsers and curl do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from .server import Client, Server

FILES = "/api/v1/files"
PART_BYTES = 4_000_000


class InParts:
    """One file of one account; `upload_id` once it was begun."""

    def __init__(self, client: Client, data: bytes, name: str = "clip.wav") -> None:
        self.client = client
        self.data = data
        self.name = name
        self.upload_id = ""

    @property
    def path(self) -> str:
        return f"{FILES}/uploads/{self.upload_id}"

    def send(
        self, first: int, stop: int | None = None, data: bytes | None = None
    ) -> requests.Response:
        """The bytes from `first` on, so many as a part has unless `stop` is given."""
        stop = min(first + PART_BYTES if stop is None else stop, len(self.data))
        body = self.data[first:stop] if data is None else data
        answer = self.client.put(
            self.path if self.upload_id else FILES, data=body, headers=self.headers(first, stop)
        )
        if answer.status_code == 202 and not self.upload_id:
            self.upload_id = answer.json()["upload_id"]
        return answer

    def headers(self, first: int, stop: int) -> dict[str, str]:
        return {
            "Content-Range": f"bytes {first}-{stop - 1}/{len(self.data)}",
            "Content-Type": "application/octet-stream",
            "X-File-Name": self.name,
        }

    def received_bytes(self) -> int:
        answer = self.client.get(self.path)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["received_bytes"])

    def rest(self) -> dict[str, Any]:
        """The file, once everything that is missing has been sent."""
        answer = None
        first = self.received_bytes() if self.upload_id else 0
        while first < len(self.data):
            answer = self.send(first)
            assert answer.status_code in {201, 202}, answer.text
            first += PART_BYTES
        assert answer is not None, "Everything had come."
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    @contextmanager
    def hanging(self, server: Server, first: int, stop: int, sent: int) -> Iterator[socket.socket]:
        """A part of which only so many bytes have left; leaving the block hangs up."""
        head = {
            **self.headers(first, stop),
            "Host": f"127.0.0.1:{server.port}",
            "Authorization": str(self.client.headers["Authorization"]),
            "Content-Length": str(stop - first),
        }
        lines = [
            f"PUT {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())
        ]  # fmt: skip
        with socket.create_connection(("127.0.0.1", server.port), 30) as wire:
            wire.sendall("\r\n".join([*lines, "", ""]).encode())
            wire.sendall(self.data[first : first + sent])
            yield wire
