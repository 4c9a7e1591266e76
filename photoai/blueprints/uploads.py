"""Reading a multipart form (RFC 7578) as it arrives: text fields into memory, the file onto disk;
or a body that is the file itself.

The body is read in small pieces from the server's own stream, because Flask's helpers cut a
chunked body silently at the limit instead of refusing it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
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
    PhotoaiError,
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
# How long a look into a file that has come may take while others are still being sent.
LOOKING_SEC = 30.0
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
    form.take(_events(_parser(), _pieces(max_file_bytes + FORM_OVERHEAD_BYTES, within_sec)))
    return form.finished()


def receive_large_form(file: BinaryIO, max_file_bytes: int) -> Form:
    """As `receive_form`, with more time for more bytes."""
    return receive_form(file, max_file_bytes, patience_sec(max_file_bytes))


def receive_part(file: BinaryIO, max_bytes: int) -> Form:
    """A part of a file, which is in a form or is the whole body. Raises as `receive_form`."""
    if request.mimetype == "multipart/form-data":
        return receive_large_form(file, max_bytes)
    digest, size_bytes = hashlib.sha256(), 0
    for piece in _pieces(max_bytes, patience_sec(max_bytes)):
        file.write(piece)
        digest.update(piece)
        size_bytes += len(piece)
    return Form({}, 1, size_bytes, digest.hexdigest())


def patience_sec(max_bytes: int) -> float:
    """How long the request's body, of at most so many bytes, may take to arrive."""
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


def _events(
    parser: PushMultipartParser, pieces: Iterable[bytes]
) -> Iterator[MultipartSegment | bytes | None]:
    """A part's headers, its bytes piece by piece, None at its end; part after part."""
    try:
        for piece in pieces:
            yield from parser.parse(piece)
    except MultipartError:
        raise UploadMalformed from None
    try:
        parser.close()
    except MultipartError:
        raise UploadIncomplete from None


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


class FormOfFiles:
    """A form with several files, read one after the other: nothing of a file is in memory, and
    those that have come are looked into while the next ones wait at the door."""

    def __init__(self, max_file_bytes: int, most_files: int) -> None:
        most_bytes = max_file_bytes * most_files
        within_sec = patience_sec(most_bytes) + LOOKING_SEC * most_files
        pieces = _pieces(most_bytes + FORM_OVERHEAD_BYTES, within_sec)
        self._text = _FormBeingRead(BytesIO(), 0)
        self._events = self._parsed(_parser(), pieces)
        self._name = ""
        self._in_file = False
        self._broken: PhotoaiError | None = None

    @property
    def fields(self) -> Mapping[str, str]:
        """The text fields that have come so far."""
        return self._text.finished().fields

    def next_file(self) -> str | None:
        """What the file that begins now is called; None after the last one. What is left of the
        one before is passed over.

        Raises:
            NotMultipart, UploadMalformed, UploadIncomplete, UploadTooLarge, UploadTooSlow
        """
        for event in self._events:
            if isinstance(event, MultipartSegment):
                name = _file_name(event)
                self._in_file = name is not None
                if name:
                    self._name = _as_utf_8(name)
                    return self._name
            if not self._in_file:
                self._text.take([event])
        if self._broken is not None:  # in the middle of a file, which is told of first
            raise self._broken
        return None

    def receive(self, file: BinaryIO, max_file_bytes: int) -> Form:
        """Write what is left of the file that has begun to `file`. Raises as `next_file`."""
        digest, size_bytes = hashlib.sha256(), 0
        for event in self._events:
            if event is None:
                break
            assert not isinstance(event, MultipartSegment), "A part ends before the next begins."
            size_bytes += len(event)
            if size_bytes > max_file_bytes:
                raise UploadTooLarge(details={"max_bytes": max_file_bytes})
            digest.update(event)
            file.write(event)
        return Form({}, 1, size_bytes, digest.hexdigest(), file_name=self._name)

    def _parsed(
        self, parser: PushMultipartParser, pieces: Iterable[bytes]
    ) -> Iterator[MultipartSegment | bytes | None]:
        try:
            yield from _events(parser, pieces)
        except PhotoaiError as error:
            self._broken = error
            raise


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
