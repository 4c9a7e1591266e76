"""Reading a multipart form (RFC 7578) as it arrives: text fields into memory, the file onto disk;
or a body that is the file itself.

The body is read in small pieces from the server's own stream, because Flask's helpers cut a
chunked body silently at the limit instead of refusing it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import werkzeug.http
from flask import request
from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from photoai.errors import (
    NotMultipart,
    UploadIncomplete,
    UploadMalformed,
    UploadTooLarge,
    UploadTooSlow,
)
from photoai.offload import look_around
from photoai.services.ingest import Form

from .deadlines import watch

BODY_SEC = 20.0
# What is sent slower than this is given up, however large it may be.
SLOWEST_BYTES_PER_SEC = 100_000
PIECE_BYTES = 64 * 1024
FIELD_MAX_BYTES, FIELDS_MAX_BYTES, PARTS_MAX = 64 * 1024, 512 * 1024, 100
# A form around the file: fields, boundaries, headers.
FORM_OVERHEAD_BYTES = 1_000_000


def form_body(*required: str, file: str, **fields: Mapping[str, Any]) -> dict[str, Any]:
    """A form with a file part, for the description of a call; `fields` are its other parts."""
    properties = {file: {"type": "string", "format": "binary"}, **fields}
    schema = {"type": "object", "required": [file, *required], "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def receive_form(file: BinaryIO, max_file_bytes: int, within_sec: float = BODY_SEC) -> Form:
    """Read the request's form; its file's bytes go to `file`.

    Raises:
        NotMultipart, UploadMalformed, UploadIncomplete, UploadTooLarge, UploadTooSlow
    """
    form = _FormBeingRead(file, max_file_bytes)
    parser = _parser()
    try:
        for piece in _pieces(max_file_bytes + FORM_OVERHEAD_BYTES, within_sec):
            form.take(parser.parse(piece))
    except MultipartError:
        raise UploadMalformed from None
    try:
        parser.close()
    except MultipartError:
        raise UploadIncomplete from None
    return form.finished()


def receive_large_form(file: BinaryIO, max_file_bytes: int) -> Form:
    """As `receive_form`, with more time for more bytes."""
    return receive_form(file, max_file_bytes, _patience_sec(max_file_bytes))


def receive_part(file: BinaryIO, max_bytes: int) -> Form:
    """A part of a file, which is in a form or is the whole body. Raises as `receive_form`."""
    if request.mimetype == "multipart/form-data":
        return receive_large_form(file, max_bytes)
    digest, size_bytes = hashlib.sha256(), 0
    for piece in _pieces(max_bytes, _patience_sec(max_bytes)):
        file.write(piece)
        digest.update(piece)
        size_bytes += len(piece)
    return Form({}, 1, size_bytes, digest.hexdigest())


def _patience_sec(max_bytes: int) -> float:
    most_bytes = min(request.content_length or max_bytes, max_bytes)
    return BODY_SEC + most_bytes / SLOWEST_BYTES_PER_SEC


def _parser() -> PushMultipartParser:
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data":
        raise NotMultipart
    try:
        # Latin-1 reads whatever a booth's own code page made of a file's name.
        return PushMultipartParser(
            options.get("boundary", ""), header_charset="latin-1", max_segment_count=PARTS_MAX
        )
    except MultipartError:
        raise UploadMalformed from None


def _pieces(max_bytes: int, within_sec: float) -> Iterator[bytes]:
    """The body in pieces."""
    if (request.content_length or 0) > max_bytes:
        raise UploadTooLarge(details={"max_bytes": max_bytes})
    stream, received = request.environ["wsgi.input"], 0
    with watch.over(request.environ.get("gunicorn.socket"), within_sec) as expired:
        while received < max_bytes + 1:
            try:
                piece = stream.read(PIECE_BYTES)
            except Exception as error:  # whatever the server's stream raises when a client goes
                raise (UploadTooSlow() if expired() else UploadIncomplete()) from error
            if not piece:
                break
            received += len(piece)
            yield piece
            if received == request.content_length:
                break
            look_around()  # let other requests in between two pieces
        if expired():
            raise UploadTooSlow
    if received > max_bytes:
        raise UploadTooLarge(details={"max_bytes": max_bytes})
    if request.content_length is not None and received < request.content_length:
        raise UploadIncomplete


class _FormBeingRead:
    def __init__(self, file: BinaryIO, max_file_bytes: int) -> None:
        self._file = file
        self._max_file_bytes = max_file_bytes
        self._fields: dict[str, bytearray] = {}
        self._field_bytes = 0
        self._files = 0
        self._name = ""
        self._size = 0
        self._hash = hashlib.sha256()
        self._part: MultipartSegment | None = None
        self._is_file = False

    def take(self, events: Iterable[MultipartSegment | bytes | None]) -> None:
        """Raises UploadTooLarge."""
        for event in events:
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event is not None:
                self._write(event)

    def finished(self) -> Form:
        fields = {
            name: bytes(value).decode("utf-8", "replace") for name, value in self._fields.items()
        }
        return Form(fields, self._files, self._size, self._hash.hexdigest(), file_name=self._name)

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part
        name = _file_name(part)
        self._is_file = name is not None
        if not self._is_file:
            self._fields[part.name or ""] = bytearray()
        # A browser sends an input nobody touched as a part without file name and bytes.
        elif name:
            self._files += 1
            self._name = _as_utf_8(name)

    def _write(self, data: bytes) -> None:
        assert self._part is not None, "A part begins with its headers."
        if not self._is_file:
            self._write_field(self._part.name or "", data)
            return
        if self._part.bytes_received > self._max_file_bytes:
            raise UploadTooLarge(details={"max_bytes": self._max_file_bytes})
        if self._files == 1:
            self._size += len(data)
            self._hash.update(data)
            self._file.write(data)

    def _write_field(self, name: str, data: bytes) -> None:
        self._field_bytes += len(data)
        value = self._fields[name]
        if len(value) + len(data) > FIELD_MAX_BYTES or self._field_bytes > FIELDS_MAX_BYTES:
            raise UploadTooLarge(details={"field": name[:100]})
        value += data


def _file_name(part: MultipartSegment) -> str | None:
    """None for a text field. Some clients send a name outside of ASCII as `filename*` alone, which
    RFC 7578 (4.2) forbids."""
    disposition = part.header("Content-Disposition") or ""
    if part.filename is not None or "filename*" not in disposition.lower():
        return part.filename
    return werkzeug.http.parse_options_header(disposition)[1].get("filename")


def _as_utf_8(name: str) -> str:
    """What a header that was read as Latin-1 means where it can be UTF-8 (RFC 7578, 5.1)."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name
