"""What the body of any call that starts a job may hold besides its own fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, ValidationError, fields

from photoai.checks import Length
from photoai.errors import Sentence

METADATA_MAX_BYTES = 4096
# What is nested deeper is more than code that calls itself for every level can take.
METADATA_MOST_NESTED = 64
URL_MAX_CHARS = 2000


def _small(metadata: dict[str, Any]) -> None:
    if _is_nested_beyond(METADATA_MOST_NESTED, metadata):
        raise ValidationError(Sentence("At most {levels} levels.", levels=METADATA_MOST_NESTED))
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise ValidationError(Sentence("A number is out of range.")) from None
    if len(text.encode()) > METADATA_MAX_BYTES:
        raise ValidationError(Sentence("At most {most} bytes as JSON.", most=METADATA_MAX_BYTES))


def _is_nested_beyond(levels: int, metadata: dict[str, Any]) -> bool:
    within: list[Any] = [metadata]
    for _ in range(levels):
        within = [inner for each in within for inner in _inside(each)]
    return any(isinstance(each, dict | list) for each in within)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class WishFieldsSchema(Schema):
    """To be inherited by the schema of a call's body."""

    webhook_url = fields.String(allow_none=True, validate=Length(1, URL_MAX_CHARS))
    metadata = fields.Dict(keys=fields.String(), allow_none=True, validate=_small)
