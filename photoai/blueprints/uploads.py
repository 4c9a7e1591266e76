"""Reading a multipart form (RFC 7578) as it arrives: text fields into memory, the file onto disk.

The body is read in small pieces from the server's own stream, because Flask's helpers cut a
chunked body silently at the limit instead of refusing it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from flask import request
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from photoai.errors import (
    NotMultipart,
    UploadIncomplete,
    UploadMalformed,
    UploadTooLarge,
    UploadTooSlow,
)
from photoai.services.ingest import Form

from .deadlines import watch

BODY_SEC = 20.0
PIECE_BYTES = 64 * 1024
FIELD_MAX_BYTES, FIELDS_MAX_BYTES, PARTS_MAX = 64 * 1024, 512 * 1024, 100
# A form around the file: fields, boundaries, headers.
FORM_OVERHEAD_BYTES = 1_000_000


def receive_form(file: BinaryIO, max_file_bytes: int) -> Form:
    """Read the request's form; its file's bytes go to `file`.

    Raises:
        NotMultipart, UploadMalformed, UploadIncomplete, UploadTooLarge, UploadTooSlow
    """
    reader = _FormReader(file, max_file_bytes)
    decoder = MultipartDecoder(_boundary(), max_parts=PARTS_MAX)
    try:
        for piece in _pieces(max_file_bytes + FORM_OVERHEAD_BYTES):
            decoder.receive_data(piece)
            if reader.take(decoder):
                break
    except ValueError:
        raise UploadMalformed from None
    if not reader.complete:
        raise UploadIncomplete
    return reader.form()


def _boundary() -> bytes:
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    if kind != "multipart/form-data":
        raise NotMultipart
    if not options.get("boundary"):
        raise UploadMalformed
    return options["boundary"].encode("latin-1", "replace")


def _pieces(max_bytes: int) -> Iterator[bytes | None]:
    """The body in pieces, None at its end."""
    if (request.content_length or 0) > max_bytes:
        raise UploadTooLarge(details={"max_bytes": max_bytes})
    stream, received = request.environ["wsgi.input"], 0
    with watch.over(request.environ.get("gunicorn.socket"), BODY_SEC) as expired:
        while received < max_bytes + 1:
            try:
                piece = stream.read(PIECE_BYTES)
            except Exception as error:  # whatever the server's stream raises when a client goes
                raise (UploadTooSlow() if expired() else UploadIncomplete()) from error
            if not piece:
                break
            received += len(piece)
            yield piece
            time.sleep(0)  # let other requests in between two pieces
        if expired():
            raise UploadTooSlow
    if received > max_bytes:
        raise UploadTooLarge(details={"max_bytes": max_bytes})
    if request.content_length is not None and received < request.content_length:
        raise UploadIncomplete
    yield None


@dataclass
class _Part:
    name: str
    is_file: bool
    size: int = 0


class _FormReader:
    def __init__(self, file: BinaryIO, max_file_bytes: int) -> None:
        self._file = file
        self._max_file_bytes = max_file_bytes
        self._fields: dict[str, bytearray] = {}
        self._field_bytes = 0
        self._files = 0
        self._size = 0
        self._hash = hashlib.sha256()
        self._part: _Part | None = None
        self.complete = False

    def take(self, decoder: MultipartDecoder) -> bool:
        """Use up what the decoder has; whether the form has ended."""
        while not isinstance(event := decoder.next_event(), NeedData):
            if isinstance(event, Epilogue):
                self.complete = True
                return True
            if isinstance(event, File):
                self._begin_file(event)
            elif isinstance(event, Field):
                self._part = _Part(event.name, is_file=False)
                self._fields[event.name] = bytearray()
            elif isinstance(event, Data) and self._part:
                self._write(self._part, event.data)
        return False

    def form(self) -> Form:
        fields = {
            name: bytes(value).decode("utf-8", "replace") for name, value in self._fields.items()
        }
        return Form(fields, self._files, self._size, self._hash.hexdigest())

    def _begin_file(self, event: File) -> None:
        self._part = _Part(event.name, is_file=True)
        # A browser sends an input nobody touched as a part without name and bytes.
        if event.filename:
            self._files += 1

    def _write(self, part: _Part, data: bytes) -> None:
        if not part.is_file:
            self._write_field(part, data)
            return
        part.size += len(data)
        if part.size > self._max_file_bytes:
            raise UploadTooLarge(details={"max_bytes": self._max_file_bytes})
        if self._files == 1:
            self._size += len(data)
            self._hash.update(data)
            self._file.write(data)

    def _write_field(self, part: _Part, data: bytes) -> None:
        self._field_bytes += len(data)
        value = self._fields[part.name]
        if len(value) + len(data) > FIELD_MAX_BYTES or self._field_bytes > FIELDS_MAX_BYTES:
            raise UploadTooLarge(details={"field": part.name[:100]})
        value += data
