"""The daily summary's plan, as operators read and change it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import Length, Range
from photoai.services.summaries import Plan

from .wishes import URL_MAX_CHARS

NOWHERE = "null: no summary is sent."
HOUR = "UTC; the summary is of the 24 hours before."


class SummaryPlanSchema(Schema):
    webhook_url = fields.String(
        required=True,
        allow_none=True,
        validate=Length(1, URL_MAX_CHARS),
        metadata={"description": NOWHERE},
    )
    hour = fields.Integer(
        strict=True, load_default=6, validate=Range(0, 23), metadata={"description": HOUR}
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Plan:
        return Plan(**data)
