"""A booth in small: sends a photo to an ingest link exactly as DSLR Remote Pro does.

It asks `Expect: 100-continue` before the body, names the file part `fileToUpload` and puts the
password behind the file (RFC 9110, 10.1.1; RFC 7578).
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from photoai.errors import PhotoaiError
from photoai.services.photos import sniff

CONTINUE_WITHIN_SEC = 2.0
PIECE_BYTES = 64 * 1024
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class BoothSendFailed(PhotoaiError):
    """The server did not give the photo back."""

    code = "booth_send_failed"


@dataclass(frozen=True)
class FinishedPhoto:
    """What came back, and how long it took in seconds."""

    image: bytes
    mime: str
    job: str
    rung: str
    seconds: float

    @property
    def ending(self) -> str:
        return ENDINGS.get(self.mime, ".jpg")


def send_photo(
    url: str, photo: Path, password: str, *, timeout_sec: float = 110.0
) -> FinishedPhoto:
    """Post the photo to its ingest link and wait for the finished one.

    Raises:
        BoothSendFailed: the server cannot be reached, is too slow, or says no; `details` hold
            what it said.
    """
    target = urlsplit(url)
    if target.scheme not in {"http", "https"} or not target.hostname:
        raise BoothSendFailed(f"{url} is not an http address.")
    started = time.monotonic()
    try:
        with _connected(target, timeout_sec) as wire:
            _send(wire, target, photo, password)
            with http.client.HTTPResponse(wire, method="POST") as answer:
                answer.begin()
                body = answer.read()
    except TimeoutError:
        raise BoothSendFailed(f"The server did not answer within {timeout_sec:.0f} s.") from None
    except (OSError, http.client.HTTPException) as error:
        raise BoothSendFailed(f"The server could not be reached: {error}.") from None
    return _judged(answer, body, time.monotonic() - started)


def _connected(target: SplitResult, timeout_sec: float) -> socket.socket:
    port = target.port or (443 if target.scheme == "https" else 80)
    host = target.hostname or ""
    wire = socket.create_connection((host, port), timeout_sec)
    if target.scheme == "https":
        return ssl.create_default_context().wrap_socket(wire, server_hostname=host)
    return wire


def _send(wire: socket.socket, target: SplitResult, photo: Path, password: str) -> None:
    boundary = uuid.uuid4().hex
    before, after = _frame(boundary, photo.name, password)
    length = len(before) + photo.stat().st_size + len(after)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {target.netloc}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    )
    wire.sendall(head.encode())
    if not _may_continue(wire):
        return
    wire.sendall(before)
    for piece in _pieces(photo):
        wire.sendall(piece)
    wire.sendall(after)


def _may_continue(wire: socket.socket) -> bool:
    """Whether the body is wanted: after `100 Continue`, or when the server says nothing.

    A final answer that came instead is left unread.
    """
    patience = wire.gettimeout()
    wire.settimeout(CONTINUE_WITHIN_SEC)
    seen = b""
    try:
        # Peeked, so that a final answer is still there for whoever reads answers.
        seen = wire.recv(16, socket.MSG_PEEK) if not isinstance(wire, ssl.SSLSocket) else b""
    except TimeoutError:
        return True
    finally:
        wire.settimeout(patience)
    return not seen or b" 100" in seen  # http.client steps over the interim answer itself


def _pieces(photo: Path) -> Iterator[bytes]:
    with photo.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _frame(boundary: str, file_name: str, password: str) -> tuple[bytes, bytes]:
    """The form before the file's bytes and behind them."""
    now = datetime.now(UTC)
    fields = {
        "time": now.strftime("%Y%m%d%H%M%S"),
        "user_id": "photoai",
        "id": f"{int(now.timestamp() * 1000)}",
        "profile": "photoai booth send",
        "status": "OK",
        "hash": "",
        "name": "photoai",
        "model": "booth send",
        "version": "1",
    }
    parts = [_field(boundary, name, value) for name, value in fields.items()]
    safe_name = file_name.replace('"', "'")
    parts.append(
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="fileToUpload"; filename="{safe_name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    behind = "\r\n" + _field(boundary, "password", password) + f"--{boundary}--\r\n"
    return "".join(parts).encode(), behind.encode()


def _field(boundary: str, name: str, value: str) -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def _judged(answer: http.client.HTTPResponse, body: bytes, seconds: float) -> FinishedPhoto:
    if answer.status != 200:
        said = _error_in(body)
        raise BoothSendFailed(
            f"The server said {answer.status}: {said.get('message', answer.reason)}",
            details={"status": answer.status, "code": said.get("code")},
        )
    mime = sniff(body[:32])
    if mime is None:
        raise BoothSendFailed("The server's answer is not an image.")
    job, rung = answer.headers["X-Photoai-Job"] or "", answer.headers["X-Photoai-Rung"] or ""
    return FinishedPhoto(body, mime, job, rung, seconds)


def _error_in(body: bytes) -> dict[str, str]:
    try:
        return dict(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return {}
