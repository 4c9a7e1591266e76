"""Request bodies that are not forms: small, in time, and JSON that every part can live with."""

from __future__ import annotations

import io
import json
import re
from typing import Any, BinaryIO, NoReturn

import flask_smorest
from flask import Flask, Request, current_app, request
from flask.json.provider import DefaultJSONProvider
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request

from photoai.errors import (
    Malformed,
    NotFound,
    UploadIncomplete,
    UploadTooLarge,
    UploadTooSlow,
)

from .deadlines import watch

BODY_MAX_BYTES, BODY_SEC = 1_000_000, 20.0
# Reads it piece by piece itself, as the pages do that take large forms.
TAKES_A_FORM = {
    "ingest.ingest", "media.register", "slots.test", "user_files.upload",
    "file_uploads.put", "file_uploads.put_part", "ascii.convert", "ascii.convert_batch",
    "ascii_live.stream", "reels.upload",
}  # fmt: skip
# No database column takes the first, no UTF-8 text the others.
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
# What `curl -d` says of JSON unless told better, and clients that say nothing. A foreign page's
# form cannot send it: it would write the first brace as %7B. As text/plain it could, so that is
# not read.
NOT_SAID = {"", "application/x-www-form-urlencoded"}
# The document of an error: for webargs an empty one means that there was none.
UNREADABLE = "?"


def init_app(app: Flask) -> None:
    app.json = _Json(app)
    app.json.ensure_ascii = False
    app.before_request(_check_address)
    app.before_request(_read_body)


def loads(text: str | bytes) -> Any:
    """JSON as RFC 8259 has it: no NaN, no half characters, no NUL, nothing nested without end.

    Raises:
        json.JSONDecodeError
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:  # no UTF-8, numbers of thousands of digits
        raise json.JSONDecodeError(str(error), UNREADABLE, 0) from None
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            todo += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            todo += each
        elif isinstance(each, str) and UNWRITABLE.search(each):
            _refuse(each)
    return value


def _refuse(text: str) -> NoReturn:
    raise json.JSONDecodeError("Not a JSON value", repr(text), 0)


class _Json(DefaultJSONProvider):
    def loads(self, s: str | bytes, **_: Any) -> Any:
        return loads(s)


class _Parser(FlaskParser):
    def _raw_load_json(self, req: Request) -> Any:
        return json_in(req)


def json_in(req: Request) -> Any:
    """The JSON a request brings, `missing` when it brings none.

    Raises:
        json.JSONDecodeError
    """
    if is_json_request(req):
        return loads(req.get_data())
    body = req.get_data() if req.mimetype in NOT_SAID else b""
    return loads(body) if body.lstrip().startswith(b"{") else core.missing


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's, reading JSON as above."""

    ARGUMENTS_PARSER = _Parser()


def _check_address() -> None:
    if "\0" in request.path:
        raise NotFound
    if b"%00" in request.query_string:
        raise Malformed


def _read_body() -> None:
    """Take the whole body before anything else happens."""
    has_body = request.content_length or request.headers.get("Transfer-Encoding")
    if not has_body or request.endpoint is None or _is_form_with_files(request.endpoint):
        return  # an address that leads nowhere says so without reading
    take_body()


def _is_form_with_files(endpoint: str) -> bool:
    pages = current_app.blueprints.get(request.blueprint or "")
    return endpoint in TAKES_A_FORM or endpoint in getattr(pages, "large", ())


def take_body() -> None:
    """Have the whole body at hand, for who may take a form and got none.

    Raises:
        UploadTooLarge, UploadTooSlow, UploadIncomplete
    """
    with watch.over(request.environ.get("gunicorn.socket"), BODY_SEC) as expired:
        try:
            body = _limited(request.environ["wsgi.input"])
        except OSError as error:  # the client is gone, or was hung up on
            raise (UploadTooSlow() if expired() else UploadIncomplete()) from error
        if expired():
            raise UploadTooSlow
    if request.content_length is not None and len(body) < request.content_length:
        raise UploadIncomplete
    request.environ["wsgi.input"] = io.BytesIO(body)


def _limited(stream: BinaryIO) -> bytes:
    """The whole body; Flask's own reading cuts a chunked one silently at the limit."""
    body = bytearray()
    if (request.content_length or 0) <= BODY_MAX_BYTES:
        while piece := stream.read(BODY_MAX_BYTES + 1 - len(body)):
            body += piece
            if len(body) > BODY_MAX_BYTES:
                break
        else:
            return bytes(body)
    raise UploadTooLarge(details={"max_bytes": BODY_MAX_BYTES})
