"""Every refusal leaves in one shape, and its HTTP status is decided by one table."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from photoai import errors
from photoai.errors import PhotoaiError, Sentence

# The first class of an error's ancestry that stands here decides.
STATUS: dict[type[PhotoaiError], int] = {
    errors.Malformed: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.TooSlow: 408,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.UnsupportedType: 415,
    errors.RangeNotSatisfiable: 416,
    errors.Invalid: 422,
    errors.TooMany: 429,
    PhotoaiError: 500,
    errors.ProviderError: 502,
    errors.Unavailable: 503,
    errors.NotInTime: 504,
}
BY_STATUS = {status: kind for kind, status in STATUS.items()}
WHOLE = "_schema"  # what marshmallow calls an object that is none
log = logging.getLogger(__name__)


def status_of(error: PhotoaiError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def body_of(error: PhotoaiError) -> dict[str, Any]:
    """The error's part of an answer, in the caller's language."""
    return {"code": error.code, "message": gettext(error.message), "details": said(error.details)}


def said(details: Any) -> Any:
    """An error's details in the caller's language, in the shape they have.

    A Sentence is translated by its template. Plain text among others is translated by its text
    when it is a sentence, as marshmallow's without values are. What a job failed with comes back
    from the database as plain text: there a sentence with values stays English. Words and facts,
    such as `{"reason": "scheme"}` or a list of ids, are for programs and stay as they are.
    """
    if isinstance(details, Sentence):
        words = gettext(details.template)
        return words.format(**details.values) if details.values else words
    if isinstance(details, Mapping):
        return {name: said(each) for name, each in details.items()}
    if isinstance(details, list | tuple):
        return [_translated(each) if type(each) is str else said(each) for each in details]
    return details


def _translated(text: str) -> str:
    # Not the empty one: that is the header of the translations.
    return gettext(text) if text.endswith(".") else text


def init_app(app: Flask) -> None:
    app.register_error_handler(PhotoaiError, answer)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_unexpected)


def answer(error: PhotoaiError) -> Response:
    g.refusal = error
    status = status_of(error)
    if status == 500:
        log.error("internal_error", exc_info=error, extra={"fields": {"id": g.request_id}})
    response = jsonify(error=body_of(error))
    response.status_code = status
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer_http(error: HTTPException) -> Response | HTTPException:
    """What Flask and its extensions raise, in our shape."""
    if error.code is None or error.code < 400:
        return error
    fallback = errors.Malformed if error.code < 500 else PhotoaiError
    response = answer(BY_STATUS.get(error.code, fallback)(details=_field_messages(error)))
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def answer_unexpected(error: Exception) -> Response:
    g.setdefault("request_id", "")
    # The rule, not the address, which may hold a token.
    route = request.url_rule.rule if request.url_rule else None
    log.error("unexpected", exc_info=error, extra={"fields": {"route": route}})
    hidden = PhotoaiError()
    response = jsonify(error=body_of(hidden))
    response.status_code = 500
    return response


def _field_messages(error: HTTPException) -> dict[str, Any]:
    """The fields a schema found fault with, without the name of where they came from."""
    messages = (getattr(error, "data", None) or {}).get("messages") or {}
    flat: dict[str, Any] = {}
    for place, found in messages.items():
        flat.update(by_path(found) if isinstance(found, dict) else {str(place): found})
    return flat


def by_path(messages: dict[Any, Any]) -> dict[str, Any]:
    """`{"keys": {"gemini": […]}}` as `{"keys.gemini": […]}`."""
    flat: dict[str, Any] = {}
    for name, found in messages.items():
        inner = by_path(found) if isinstance(found, dict) else {WHOLE: found}
        for path, each in inner.items():
            flat[str(name) if path == WHOLE else f"{name}.{path}"] = each
    return flat
