"""The first message of somebody who watches: it may bring its file, as Base64 inside of JSON."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from photoai.errors import UploadTooLarge
from photoai.errors.viewing import Base64Malformed, MessageMalformed
from photoai.offload import look_around
from photoai.services.ingest import Form

from .bodies import loads

FILE = "file_base64"
# Whatever stands before a quotation mark inside of a text is a backslash: this is a name.
NAMED = re.compile(rb'"file_base64"\s*:\s*"')
SLICE = 1 << 18  # characters, a multiple of four


def fields_of(message: bytes | bytearray) -> tuple[dict[str, Any], memoryview | None]:
    """A message's fields without its file, and the file's text: many megabytes of it are not read
    as JSON at once, while all others wait.

    Raises:
        MessageMalformed: it is no JSON object.
    """
    found = NAMED.search(message)
    if found is None:
        return _object(message), None
    begin, end = found.end(), message.find(b'"', found.end())
    if end < 0:
        raise MessageMalformed
    return _object(message[:begin] + message[end:]), memoryview(message)[begin:end]


def decoded(text: memoryview, max_bytes: int, file: BinaryIO) -> Form:
    """Write what a file's text stands for to `file`.

    Raises:
        Base64Malformed, UploadTooLarge
    """
    digest, size_bytes = hashlib.sha256(), 0
    for characters in _slices(text):
        try:
            piece = base64.b64decode(characters, validate=True)
        except binascii.Error:
            raise Base64Malformed from None
        size_bytes += len(piece)
        if size_bytes > max_bytes:
            raise UploadTooLarge(details={"max_bytes": max_bytes})
        digest.update(piece)
        file.write(piece)
        look_around()
    return Form({}, 1, size_bytes, digest.hexdigest())


def _slices(text: memoryview) -> Iterator[bytes]:
    """Pieces that can be decoded each by itself. Before a slash JSON may have a backslash; browsers
    write what the file is before its text (RFC 2397)."""
    rest = b""
    for at in range(0, len(text), SLICE):
        piece = bytes(text[at : at + SLICE])
        if at == 0 and piece.startswith(b"data:"):
            piece = piece.partition(b",")[2]
        rest += piece.replace(b"\\/", b"/") if b"\\" in piece else piece
        if rest.endswith(b"\\"):
            continue
        whole = len(rest) - len(rest) % 4
        yield rest[:whole]
        rest = rest[whole:]
    if rest:
        yield rest


def _object(message: bytes | bytearray) -> dict[str, Any]:
    try:
        said = loads(bytes(message))
    except json.JSONDecodeError:
        raise MessageMalformed from None
    if not isinstance(said, dict):
        raise MessageMalformed
    return said
