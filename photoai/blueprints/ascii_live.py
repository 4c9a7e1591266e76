"""Videos watched as text while they are drawn: over WebSocket, or as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from flask import Response, request
from marshmallow import ValidationError

from photoai.errors import FileMissing, Invalid, Malformed
from photoai.errors.viewing import OriginForeign
from photoai.schemas.ascii_live import View, ViewSchema, form_fields
from photoai.services.ingest import Form
from photoai.services.viewing import Footage, Picture, Refusal, Said, ViewOrder

from .ascii_access import ASCII
from .bodies import Blueprint, json_in, take_body
from .context import base_url, config, services
from .guard import (
    OR_NONE,
    bearer,
    brings_credentials,
    caller,
    identified,
    is_known_by_cookie,
    open_to_guests,
)
from .limits import caller_address
from .uploads import form_body, receive_large_form
from .watching import START_MAX_BYTES, Conversation, count_guest, event_of
from .websocket import Upgraded

blp = Blueprint(
    "ascii_live", __name__, url_prefix="/api/v1", description="Videos watched live as text."
)
NDJSON = "application/x-ndjson"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LINES = {"type": "string", "description": "A JSON object a line."}


@blp.route("/ws/convert", methods=["GET"], websocket=True)
@blp.doc(security=OR_NONE)
@blp.response(101, description="The conversation that docs/http-api.md describes.")
def watch() -> Response:
    """Watch a video as text, over WebSocket."""
    if is_known_by_cookie() and not _is_own_page():
        raise OriginForeign
    known = (identified(), bearer()) if brings_credentials() else None
    return Upgraded(Conversation(known, caller_address()).talk, START_MAX_BYTES)


@blp.post("/convert/stream")
@open_to_guests(ASCII)
@blp.doc(requestBody=form_body(file="file", **form_fields()))
@blp.response(200, LINES, content_type=NDJSON)
def stream() -> Response:
    """Every picture of a video as text, a line of JSON each, as fast as they are taken."""
    count_guest(caller(), caller_address())
    services().viewing.check_room(bearer())
    footage, order = _sent() if request.mimetype == "multipart/form-data" else _named()
    with ExitStack() as stack:
        viewer = stack.enter_context(services().viewing.watching(bearer(), footage, order))
        told = iter(viewer)
        stack.callback(told.close)  # type: ignore[attr-defined]
        first = next(told)
        if isinstance(first, Refusal):
            raise first.error
        response = Response(_lines(told), mimetype=NDJSON, headers=HEADERS)
        response.call_on_close(stack.pop_all().close)
    return response


def _lines(told: Iterator[Said]) -> Iterator[bytes]:
    for said in told:
        line = said.payload if isinstance(said, Picture) else event_of(said)
        if line is not None:
            yield line + b"\n"


def _sent() -> tuple[Footage, ViewOrder]:
    forms: list[Form] = []

    def receive(data: BinaryIO, most_bytes: int) -> Form:
        forms.append(receive_large_form(data, most_bytes))
        return forms[0]

    footage = services().viewing.received(caller(), receive)
    try:
        return footage, _wanted(forms[0].fields).order
    except BaseException:
        footage.data.close()
        raise


def _named() -> tuple[Footage, ViewOrder]:
    take_body()
    try:
        fields = json_in(request)
    except ValueError:
        raise Malformed from None
    wanted = _wanted(fields if isinstance(fields, dict) else {})
    if wanted.file_id is None:
        raise FileMissing
    return services().viewing.kept(caller(), wanted.file_id), wanted.order


def _wanted(fields: Mapping[str, Any]) -> View:
    """Raises Invalid; every picture is in the text form, as fast as it is taken."""
    try:
        wanted: View = ViewSchema().load(fields)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
    return wanted


def _is_own_page() -> bool:
    """Whether no page of another site asks (RFC 6454, 7). Browsers send a cookie along whoever
    does, and let every page talk to every server."""
    origin = request.headers.get("Origin")
    if origin is None or origin in config().cors_allowed_origins:
        return True
    own = {request.host_url, base_url()}
    return _place(origin) in map(_place, own)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
