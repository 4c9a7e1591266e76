"""What a page's form brings, read by the schemas that read the API's JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Response, g, request
from marshmallow import Schema, ValidationError, fields
from werkzeug.exceptions import RequestEntityTooLarge

from photoai.errors import (
    Invalid,
    PhotoaiError,
    UploadIncomplete,
    UploadTooLarge,
    UploadTooSlow,
)
from photoai.services.jobs import NO_WISHES, Wishes, stored_key

from .. import errors
from ..deadlines import watch
from ..uploads import patience_sec

LONGEST_NUMBER = 18  # digits
OURS = {"csrf_token", "next"}


def read_form(schema: Schema) -> Any:
    """What the schema makes of the form. Raises Invalid, as `read` does."""
    return read(schema, request.form)


def read(schema: Schema, given: Mapping[str, str]) -> Any:
    """What the schema makes of these fields; one left empty is one that was not sent.

    Raises:
        Invalid: `details` hold what is wrong with each field.
    """
    said = {
        name: _typed(schema, name, value)
        for name, value in given.items()
        if value != "" and name not in OURS
    }
    try:
        return schema.load(said)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None


def whole(text: str) -> int | None:
    """The whole number that is typed; None for what is none, or too long to be of any use."""
    digits = text.strip().removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) <= LONGEST_NUMBER else None


def whole_or_text(text: str) -> int | str:
    """The whole number that is typed; what is none stays text, for a schema to refuse."""
    return text if (number := whole(text)) is None else number


def receive_files(max_bytes: int) -> None:
    """Read a form with files, which are kept on the disk until the request has ended.

    Raises:
        UploadTooLarge, UploadTooSlow, UploadIncomplete
    """
    request.max_content_length = max_bytes
    within_sec = patience_sec(max_bytes)
    with watch.over(request.environ.get("gunicorn.socket"), within_sec) as expired:
        try:
            _ = request.form
        except RequestEntityTooLarge:
            raise UploadTooLarge(details={"max_bytes": max_bytes}) from None
        except OSError as error:  # the client is gone, or was hung up on
            raise (UploadTooSlow() if expired() else UploadIncomplete()) from error
        if expired():
            raise UploadTooSlow


def once(page: str, said: Any) -> Wishes:
    """The same form, sent twice with the same order, means one job."""
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    nonce = request.form.get("nonce", "")
    return Wishes(stored_key(f"{page} {nonce} {digest}"), digest) if nonce else NO_WISHES


def _typed(schema: Schema, name: str, value: str) -> str | int | float:
    """A form has text only, where JSON has numbers."""
    field, number = schema.fields.get(name), whole(value)
    if isinstance(field, fields.Integer) and number is not None:
        return number
    if isinstance(field, fields.Float):
        with suppress(ValueError):
            return float(value.replace(",", "."))
    return value


def problems(error: PhotoaiError | None) -> Mapping[str, str]:
    """What is wrong with each field, in the visitor's words."""
    if error is None:
        return {}
    return {
        name: " ".join(map(str, told))
        for name, told in errors.said(error.details).items()
        if isinstance(told, list)
    }


def refused(error: PhotoaiError, response: Response) -> Response:
    """The page that says what was wrong with its form, with the status the API would give."""
    g.refusal = error
    response.status_code = errors.status_of(error)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response
