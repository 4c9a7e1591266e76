"""Shapes every part of the API shares."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from photoai.errors import Sentence


class ErrorBodySchema(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)
    details = fields.Dict(required=True)


class ErrorSchema(Schema):
    """How every refusal looks."""

    error = fields.Nested(ErrorBodySchema, required=True)


class HealthSchema(Schema):
    status = fields.String(required=True)


class ReadinessSchema(Schema):
    database = fields.Boolean(required=True)
    queue = fields.Boolean(required=True)
    storage = fields.Boolean(required=True)
    providers = fields.Boolean(required=True)


class WelcomeSchema(Schema):
    message = fields.String(required=True)
    version = fields.String(required=True)
    openapi = fields.String(required=True)


class RedirectSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    redirect = fields.Boolean(
        load_default=False,
        metadata={"description": "Answer 302 to the storage's own link when it has one."},
    )


class Choice(fields.Enum[Any]):
    """One of an enumeration's values; who sends another is told them."""

    def make_error(self, key: str, **values: Any) -> ValidationError:
        return ValidationError(Sentence(str(self.error_messages[key]), **values))


class UtcMoment(fields.DateTime):
    """A moment in UTC, as ISO 8601 with a Z."""

    def _serialize(self, value, attr, obj, **kwargs):  # type: ignore[no-untyped-def]
        text = super()._serialize(value, attr, obj, **kwargs)
        return text.replace("+00:00", "Z") if isinstance(text, str) else text
