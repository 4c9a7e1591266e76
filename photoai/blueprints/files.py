"""Stored bytes as an answer: whole, in part (RFC 9110, 14), or not again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, request

from photoai.errors import RangeNotSatisfiable

from .errors import answer
from .wire import MEDIA_CSP

PIECE_BYTES = 256 * 1024
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "image/gif": "gif",
    "application/zip": "zip",
    "application/json": "json",
}
NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+,=@-]")
# One range of bytes; several, other units and nonsense are ignored, as the standard allows.
NUMBER = "[0-9]{1,99}"
ONE_RANGE = re.compile(rf"bytes=[ \t]*(?:({NUMBER})-({NUMBER})?|-({NUMBER}))[ \t]*", re.I)


def file_response(
    file: BinaryIO, mime: str, size_bytes: int, name: str = "photo", *, saved_as: str | None = None
) -> Response:
    """The whole file with its length, never interpreted as anything but a file; to be shown, or
    `saved_as` a file of that name."""
    response = Response(_pieces(file, size_bytes), mimetype=mime)
    response.call_on_close(file.close)
    response.headers["Content-Length"] = str(size_bytes)
    shown = f'inline; filename="{file_name(name, mime)}"'
    response.headers["Content-Disposition"] = attachment(saved_as) if saved_as else shown
    response.headers["Content-Security-Policy"] = MEDIA_CSP
    response.headers["Cache-Control"] = "private, no-store"
    return response


def file_name(name: str, mime: str) -> str:
    return f"{name}.{ENDINGS.get(mime, 'bin')}"


def attachment(name: str) -> str:
    """A Content-Disposition with a name in any script (RFC 6266, 4.3), and one in ASCII for
    clients that know no other (appendix D)."""
    return f"attachment; filename=\"{plain_name(name)}\"; filename*=UTF-8''{quote(name, safe='')}"


def plain_name(name: str) -> str:
    """The name with underscores for what is not ASCII or means something in a header."""
    letters = [
        each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each)
    ]
    return NOT_PLAIN.sub("_", "".join(letters))


def wants_link(query: Mapping[str, Any]) -> bool:
    """Whether the caller would rather be sent to the storage; its links are for GET alone."""
    return query["redirect"] and request.method == "GET"


def link_response(link: str) -> Response:
    """To where the storage itself hands out the file, for a while."""
    response = Response(status=302)
    response.headers["Location"] = link
    response.headers["Cache-Control"] = "private, no-store"
    return response


def part_response(
    file: BinaryIO,
    mime: str,
    size_bytes: int,
    *,
    tag: str,
    name: str = "photo",
    saved_as: str | None = None,
) -> Response:
    """As much of the file as the request asks for; equal `tag`s mean equal bytes for ever."""
    response = file_response(file, mime, size_bytes, name, saved_as=saved_as)
    response.set_etag(tag)
    response.headers["Accept-Ranges"] = "bytes"
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        return response
    wanted = _wanted(size_bytes, response.headers["ETag"])
    if wanted is None:
        return response
    if not wanted:
        file.close()
        return _refused(size_bytes)
    file.seek(wanted.start)
    response.response = _pieces(file, len(wanted))
    response.status_code = 206
    response.content_length = len(wanted)
    response.content_range.set(wanted.start, wanted.stop, size_bytes)
    return response


def _wanted(size_bytes: int, tag: str) -> range | None:
    """The bytes the request asks for, empty when there are none of those; None for the file."""
    # Only GET has ranges, and a part of another version is of no use.
    if request.method != "GET" or request.headers.get("If-Range", tag) != tag:
        return None
    asked = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None:
        return None
    first, last, newest = asked.groups()
    if newest:
        return range(max(0, size_bytes - int(newest)), size_bytes)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size_bytes) if last else size_bytes)


def _refused(size_bytes: int) -> Response:
    response = answer(RangeNotSatisfiable(details={"size_bytes": size_bytes}))
    response.headers["Content-Range"] = f"bytes */{size_bytes}"
    return response


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while piece := file.read(min(PIECE_BYTES, left)):
        left -= len(piece)
        yield piece
