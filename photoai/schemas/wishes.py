"""What the body of any call that starts a job may hold besides its own fields."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

METADATA_MAX_BYTES = 4096
URL_MAX_CHARS = 2000


def _small(metadata: dict[str, Any]) -> None:
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise ValidationError("A number is out of range.") from None
    if len(text.encode()) > METADATA_MAX_BYTES:
        raise ValidationError(f"At most {METADATA_MAX_BYTES} bytes as JSON.")


class WishFieldsSchema(Schema):
    """To be inherited by the schema of a call's body."""

    webhook_url = fields.String(allow_none=True, validate=validate.Length(1, URL_MAX_CHARS))
    metadata = fields.Dict(keys=fields.String(), allow_none=True, validate=_small)
