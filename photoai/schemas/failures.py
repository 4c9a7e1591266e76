"""What photos failed with: which failures are asked for, and how they are told."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.services.failures import FailureWish
from photoai.services.slots import SLOT_IDS

from .jobs import PageMetaSchema


class FailureQuerySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    slot_id = fields.String(validate=OneOf(SLOT_IDS))
    provider_id = fields.String(validate=Length(1, 100))
    page = fields.Integer(load_default=1, validate=Range(1, 1_000_000))
    page_size = fields.Integer(load_default=20, validate=Range(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> FailureWish:
        return FailureWish(**data)


class FailureSchema(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True, metadata={"description": "In the caller's language."})
    advice = fields.String(
        required=True, allow_none=True, metadata={"description": "What helps, where it is known."}
    )
    provider_id = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True)


class FailurePageSchema(Schema):
    data = fields.List(fields.Nested(FailureSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)
