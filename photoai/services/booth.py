"""A booth in small: sends a photo to an ingest link exactly as DSLR Remote Pro does, or as Breeze
Booth for iPad, and reads the answer as that program would.

It asks `Expect: 100-continue` before the body, names the file part `fileToUpload` and puts the
password behind the file (RFC 9110, 10.1.1; RFC 7578).
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from photoai.errors import PhotoaiError
from photoai.services.photos import sniff

IMAGE, MULTIPART = "image", "multipart"  # the client profiles of slots
CONTINUE_WITHIN_SEC = 2.0
PIECE_BYTES = 64 * 1024
GO_ON = b"HTTP/1.1 100"
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
# What may stand in a target as it is; "%" because a link may be escaped already.
IN_TARGETS = "/?&=%:;@!$'()*+,~"
UNDECODED = "surrogateescape"  # what came from a command line may hold bytes that are no UTF-8


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
        return ENDINGS[self.mime]


@dataclass(frozen=True)
class BoothProgram:
    """Which program is played: what it wants for an answer, and how it passes on `tokens`, the
    guest's answers by their names."""

    profile: str = IMAGE
    tokens: Mapping[str, str] = field(default_factory=dict)

    def link(self, url: str) -> str:
        """DSLR Remote Pro puts them into the link."""
        if not self.tokens or self.profile == MULTIPART:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(self.tokens, errors=UNDECODED)}"

    def fields(self) -> dict[str, str]:
        """Breeze Booth sends them as fields of the form."""
        if self.profile != MULTIPART:
            return {}
        return {f"survey1_text_{name}": answer for name, answer in self.tokens.items()}


DSLR_REMOTE_PRO = BoothProgram()


def send_photo(
    url: str,
    photo: Path,
    password: str,
    *,
    program: BoothProgram = DSLR_REMOTE_PRO,
    timeout_sec: float = 110.0,
) -> FinishedPhoto:
    """Post the photo to its ingest link and wait for the finished one, at most `timeout_sec`.

    Raises:
        BoothSendFailed: the photo cannot be read; the server cannot be reached, is too slow,
            says no or sends no complete image. `details` hold the server's code and its own
            details, such as the link of a late photo.
    """
    target, started = _target(program.link(url)), time.monotonic()
    try:
        file = photo.open("rb")
    except OSError as error:
        raise BoothSendFailed(f"{photo} cannot be read: {error.strerror}.") from None
    with file, _connected(target, started + timeout_sec) as wire:
        try:
            _send(wire, target, file, photo.name, password, program)
            answer, body = _received(wire)
        except TimeoutError:
            raise BoothSendFailed(f"The server did not answer in {timeout_sec:g} s.") from None
        except http.client.IncompleteRead:
            raise BoothSendFailed("The server's answer ended before it was complete.") from None
        except (OSError, http.client.HTTPException) as error:
            raise BoothSendFailed(f"The connection was lost: {_words(error)}.") from None
    return _judged(answer, body, time.monotonic() - started, program)


class _Wire(io.RawIOBase):
    """A connection with one deadline for everything, and a look at what comes first."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket, self._deadline = sock, deadline
        self._seen = b""

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._seconds_left())
        self._socket.sendall(data)

    def goes_on(self) -> bool:
        """Whether the body is wanted: after `100 Continue`, or when nothing is said in time."""
        until = time.monotonic() + CONTINUE_WITHIN_SEC
        while len(self._seen) < len(GO_ON) and (left := until - time.monotonic()) > 0:
            self._socket.settimeout(min(left, self._seconds_left()))
            try:
                piece = self._socket.recv(PIECE_BYTES)
            except TimeoutError:
                break
            if not piece:
                return False
            self._seen += piece
        return self._seen.startswith(GO_ON) or not self._seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._seen:
            self._socket.settimeout(self._seconds_left())
            return self._socket.recv_into(buffer)
        count = min(len(buffer), len(self._seen))
        buffer[:count], self._seen = self._seen[:count], self._seen[count:]
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def close(self) -> None:
        self._socket.close()
        super().close()

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _target(url: str) -> SplitResult:
    try:
        target = urlsplit(url)
        well_formed = target.scheme in {"http", "https"} and target.hostname and target.port != 0
    except ValueError:
        well_formed = False
    if not well_formed:
        raise BoothSendFailed(f"{url} is not an http address.")
    return target


def _connected(target: SplitResult, deadline: float) -> _Wire:
    host, port = target.hostname or "", target.port or (443 if target.scheme == "https" else 80)
    try:
        sock = socket.create_connection((host, port), max(0.1, deadline - time.monotonic()))
        if target.scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except (OSError, UnicodeError) as error:
        raise BoothSendFailed(f"Cannot connect to {host}:{port}: {_words(error)}.") from None
    return _Wire(sock, deadline)


def _send(
    wire: _Wire,
    target: SplitResult,
    file: BinaryIO,
    name: str,
    password: str,
    program: BoothProgram,
) -> None:
    boundary = uuid.uuid4().hex
    before, after = _frame(boundary, name, _mime(file), password, program.fields())
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    length = len(before) + size + len(after)
    wire.sendall(_head(target, boundary, length))
    if not wire.goes_on():
        return
    try:
        for piece in chain([before], _pieces(file), [after]):
            wire.sendall(piece)
    except (ConnectionError, ssl.SSLError):
        return  # a server that has heard enough says why before it closes


def _received(wire: _Wire) -> tuple[http.client.HTTPResponse, bytes]:
    with http.client.HTTPResponse(wire, method="POST") as answer:  # type: ignore[arg-type]
        answer.begin()
        if answer.status == 200 and answer.length is None and not answer.chunked:
            raise BoothSendFailed("The server's answer does not say how long it is.")
        return answer, answer.read()


def _head(target: SplitResult, boundary: str, length: int) -> bytes:
    path = quote((target.path or "/") + (f"?{target.query}" if target.query else ""), IN_TARGETS)
    host = target.netloc.rpartition("@")[2]
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"Accept-Language: en\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    ).encode()


def _mime(file: BinaryIO) -> str:
    return sniff(file.read(32)) or "application/octet-stream"


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _frame(
    boundary: str, file_name: str, mime: str, password: str, more: Mapping[str, str]
) -> tuple[bytes, bytes]:
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
        **more,
    }
    parts = [_field(boundary, name, value) for name, value in fields.items()]
    safe_name = file_name.translate({ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"})
    parts.append(
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="fileToUpload"; filename="{safe_name}"\r\nContent-Type: {mime}\r\n\r\n'
    )
    behind = "\r\n" + _field(boundary, "password", password) + f"--{boundary}--\r\n"
    before = "".join(parts)
    return before.encode(errors=UNDECODED), behind.encode(errors=UNDECODED)


def _field(boundary: str, name: str, value: str) -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def _judged(
    answer: http.client.HTTPResponse, body: bytes, seconds: float, program: BoothProgram
) -> FinishedPhoto:
    if answer.status != 200:
        said = _error_in(body)
        message = said.get("message", answer.reason)
        details = said.get("details") or {}
        raise BoothSendFailed(
            f"The server said {answer.status}: {message}",
            details={"code": said.get("code"), **details},
        )
    if program.profile == MULTIPART:
        body = _image_in(answer.headers, body)
    mime = sniff(body[:32])
    if mime not in ENDINGS:
        raise BoothSendFailed("The server's answer is not an image.")
    job, rung = answer.headers["X-Photoai-Job"] or "", answer.headers["X-Photoai-Rung"] or ""
    return FinishedPhoto(body, mime, job, rung, seconds)


def _image_in(headers: Message, body: bytes) -> bytes:
    """What stands beside the facts in a multipart answer, which both have to be there."""
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n"
    parsed = message_from_bytes(head.encode() + body, policy=policy.HTTP)
    kinds = {part.get_content_maintype(): part for part in parsed.walk() if part is not parsed}
    image = kinds["image"].get_payload(decode=True) if "image" in kinds else None
    if not isinstance(image, bytes) or not _is_json(kinds.get("application")):
        raise BoothSendFailed(
            "The server's answer is not a form of facts and an image: is the slot's profile set?"
        )
    return image


def _is_json(part: Message | None) -> bool:
    if part is None or part.get_content_type() != "application/json":
        return False
    try:
        return isinstance(json.loads(part.get_payload(decode=True) or b""), dict)  # type: ignore[arg-type]
    except ValueError:
        return False


def _error_in(body: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return {}


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
