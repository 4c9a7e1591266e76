"""Alerts as operators read them."""

from __future__ import annotations

from marshmallow import Schema, fields

from photoai.checks import OneOf
from photoai.services.alerts import Kind

from .shared import UtcMoment

KINDS = [kind.value for kind in Kind]


class AlertSchema(Schema):
    id = fields.String(required=True, metadata={"description": "`KIND` or `KIND:SUBJECT`."})
    kind = fields.String(required=True, validate=OneOf(KINDS))
    subject = fields.String(
        required=True, metadata={"description": "A provider's id, or nothing: of everything."}
    )
    message = fields.String(required=True)
    value = fields.Float(required=True, metadata={"description": "What was measured last."})
    most = fields.Float(required=True, metadata={"description": "From which on it is an alert."})
    raised_at = UtcMoment(required=True)
    acknowledged_at = UtcMoment(required=True, allow_none=True)


class AlertsSchema(Schema):
    data = fields.List(fields.Nested(AlertSchema), required=True)
