"""Slots as operators read and save them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.errors import Invalid, Sentence
from photoai.services.ladder import MOST_RUNGS, Rung
from photoai.services.slots import CLIENT_PROFILES, IMAGE, SlotUpdate

from .shared import UtcMoment


@dataclass(frozen=True)
class SlotFilter:
    provider_id: str | None = None
    operation_id: str | None = None
    search: str | None = None


class SlotFilterSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    provider_id = fields.String(validate=Length(max=100))
    operation_id = fields.String(validate=Length(max=100))
    search = fields.String(validate=Length(max=200))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> SlotFilter:
        return SlotFilter(**data)


class RungSchema(Schema):
    provider_id = fields.String(required=True, validate=Length(1, 100))
    operation_id = fields.String(required=True, validate=Length(1, 100))
    settings_json = fields.Dict(keys=fields.String(), required=True)
    from_sec = fields.Float(allow_none=True, load_default=None, validate=Range(0.1, 120))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Rung:
        return Rung(settings=data.pop("settings_json"), **data)


class SlotSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    provider_id = fields.String(required=True, allow_none=True)
    operation_id = fields.String(required=True, allow_none=True)
    settings_json = fields.Dict(required=True)
    ingest_url = fields.String(required=True)
    is_configured = fields.Boolean(required=True)
    ladder = fields.List(fields.Nested(RungSchema), required=True, allow_none=True)
    client_profile = fields.String(required=True)
    version = fields.Integer(required=True)
    updated_at = UtcMoment(required=True)
    last_reset_at = UtcMoment(required=True, allow_none=True)


class SlotListMetaSchema(Schema):
    total = fields.Integer(required=True)


class SlotListSchema(Schema):
    data = fields.List(fields.Nested(SlotSchema), required=True)
    meta = fields.Nested(SlotListMetaSchema, required=True)


class SlotUpdateSchema(Schema):
    name = fields.String(load_default="", validate=Length(max=200))
    provider_id = fields.String(required=True, validate=Length(1, 100))
    operation_id = fields.String(required=True, validate=Length(1, 100))
    settings_json = fields.Dict(keys=fields.String(), required=True)
    ladder = fields.List(
        fields.Nested(RungSchema), allow_none=True, validate=Length(max=MOST_RUNGS)
    )
    client_profile = fields.String(load_default=IMAGE, validate=OneOf(CLIENT_PROFILES))
    version = fields.Integer(strict=True, allow_none=True, load_default=None)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> SlotUpdate:
        if "ladder" in data:
            data["ladder"] = tuple(data["ladder"] or ())
        return SlotUpdate(settings=data.pop("settings_json"), **data)


def slot_update(raw: Any) -> SlotUpdate:
    """What stands in the `settings` of a test, which is what a PUT sends. Raises Invalid."""
    if not isinstance(raw, dict):
        raise Invalid(details={"settings": [Sentence("An object is needed.")]})
    try:
        update: SlotUpdate = SlotUpdateSchema().load(raw)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
    return update


class SlotSavedSchema(Schema):
    id = fields.String(required=True)
    updated_at = UtcMoment(required=True)
    version = fields.Integer(required=True)
