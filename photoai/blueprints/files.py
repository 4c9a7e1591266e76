"""Stored bytes as an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from flask import Response

from .wire import MEDIA_CSP

PIECE_BYTES = 256 * 1024
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


def file_response(file: BinaryIO, mime: str, size_bytes: int, name: str = "photo") -> Response:
    """The whole file with its length, never interpreted as anything but a file."""
    response = Response(_pieces(file), mimetype=mime)
    response.call_on_close(file.close)
    response.headers["Content-Length"] = str(size_bytes)
    response.headers["Content-Disposition"] = (
        f'inline; filename="{name}.{ENDINGS.get(mime, "bin")}"'
    )
    response.headers["Content-Security-Policy"] = MEDIA_CSP
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
