"""What a call that starts a job wishes for: to wait for its end (`Prefer: wait=N`), to be the same
as an earlier call (`Idempotency-Key`), to be told of the end (`webhook_url`, `metadata`).

A call with a JSON body takes them all by `wishes()`, one with a form by `wishes_in(form)`; both
are described by `STARTS_A_JOB`, and `jobs.started` keeps the first.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import EXCLUDE, ValidationError, missing
from werkzeug.http import parse_list_header, unquote_header_value

from photoai.errors import IdempotencyKeyMalformed, Invalid, Malformed, Sentence
from photoai.schemas.wishes import WishFieldsSchema
from photoai.services.ingest import Form
from photoai.services.jobs import Wishes, stored_key
from photoai.services.settings import LONGEST_WAIT_UNDER_DYNO_SEC

from .bodies import json_in, loads
from .context import config, services

LONGEST_WAIT_SEC = 50
SECONDS = re.compile(r"[0-9]{1,9}")
KEY = re.compile(r"[ -~]{1,200}")
WEBHOOK, METADATA = "webhook_url", "metadata"
STARTS_A_JOB = {
    "parameters": [
        {
            "in": "header",
            "name": "Prefer",
            "schema": {"type": "string"},
            "description": "`wait=N`: answer when the job has ended, at the latest after N s.",
        },
        {
            "in": "header",
            "name": "Idempotency-Key",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            "description": "The same key with the same request means the same job.",
        },
    ]
}
FORM_PROPERTIES = {
    WEBHOOK: {"type": "string", "description": "Where the job's end is told."},
    METADATA: {
        "type": "string",
        "contentMediaType": "application/json",
        "description": "An object that is sent along.",
    },
}


def wishes() -> Wishes:
    """Those of a call with a JSON body, or with none.

    Raises:
        IdempotencyKeyMalformed, WebhookRefused, Invalid
    """
    body = _json()
    return _wishes(body if isinstance(body, dict) else {}, body)


def _json() -> object:
    try:
        body = json_in(request)
    except json.JSONDecodeError:  # a call that takes nothing but wishes may come with anything
        return None
    return None if body is missing else body


def wishes_in(form: Form) -> Wishes:
    """Those of a call with a form. Raises as `wishes`, and Malformed."""
    given = {name: form.fields[name] for name in (WEBHOOK, METADATA) if form.fields.get(name)}
    fields: dict[str, Any] = dict(given)
    if METADATA in fields:
        try:
            fields[METADATA] = loads(fields[METADATA])
        except json.JSONDecodeError:
            raise Malformed(details={METADATA: [Sentence("Not JSON.")]}) from None
    return _wishes(fields, [form.fields, form.sha256])


def patience_sec() -> int | None:
    """How long the caller wishes to wait, None when it says nothing that can be understood."""
    for preference in parse_list_header(request.headers.get("Prefer", "")):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":  # the first one counts (RFC 7240, 2)
            return _within_reason(unquote_header_value(value.strip()))
    return None


def _within_reason(seconds: str) -> int | None:
    longest = LONGEST_WAIT_UNDER_DYNO_SEC if config().dyno else LONGEST_WAIT_SEC
    return min(int(seconds), int(longest)) if SECONDS.fullmatch(seconds) else None


def _wishes(fields: Mapping[str, Any], content: object) -> Wishes:
    """`content` is all that makes a request another one."""
    key = _key()
    try:
        asked = WishFieldsSchema(unknown=EXCLUDE).load(fields)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
    url = asked.get(WEBHOOK)
    return Wishes(
        idempotency_key=stored_key(key) if key else None,
        request_digest=_digest(content) if key else None,
        webhook_url=services().webhooks.checked(url) if url else None,
        client_metadata=asked.get(METADATA),
    )


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise IdempotencyKeyMalformed
    return key


def _digest(content: object) -> str:
    asked = [request.method, request.path, content]
    if request.args:  # such as a replay's settings
        asked.append(sorted(request.args.items(multi=True)))
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
