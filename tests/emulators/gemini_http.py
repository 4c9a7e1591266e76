"""One request as the Gemini emulator sees it, and one answer as it gives it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """A request with its whole body; names of headers are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @classmethod
    def read(cls, environ: dict[str, Any]) -> Call:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
        }
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=dict(parse_qsl(environ["QUERY_STRING"])),
            headers=headers,
            body=environ["wsgi.input"].read(),
        )

    @property
    def key(self) -> str:
        return self.headers.get("x-goog-api-key") or self.query.get("key", "")

    @property
    def base(self) -> str:
        """The address the client used, without a slash at its end."""
        return f"http://{self.headers['host']}"


@dataclass(frozen=True)
class Reply:
    """An answer; one without `Content-Length` travels in chunks."""

    body: Iterable[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"


def whole(body: bytes, content_type: str, status: int = 200, **headers: str) -> Reply:
    """All of the body at once; `x_goog_a="b"` becomes the header `x-goog-a: b`."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    own = {"Content-Type": content_type, "Content-Length": str(len(body))}
    return Reply([body], status, own | more)


def in_json(value: object, status: int = 200, **headers: str) -> Reply:
    return whole(json.dumps(value, indent=2).encode(), JSON, status, **headers)


def from_base64(text: str) -> bytes:
    """Either alphabet, padded or not, as protobuf's JSON has it (the SDK sends the URL-safe one).

    Raises `binascii.Error`.
    """
    padded = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
