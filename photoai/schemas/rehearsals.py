"""The rehearsal before an event: what is wished for, and what came of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.services.rehearsals import Event, Light, Wish
from photoai.services.slots import SLOT_IDS

from .shared import UtcMoment

MOST_ROWS = 120
LIGHTS = [light.value for light in Light]
LIGHT = "red: mend it before the event; yellow: look at it; green: it is fine."


class RehearsalRowSchema(Schema):
    id = fields.String(
        required=True,
        metadata={
            "description": "`provider:`, `capacity:` and `slot:` stand before what is meant."
        },
    )
    running = fields.Boolean(required=True, metadata={"description": "It is being looked at."})
    light = fields.String(
        required=True, allow_none=True, validate=OneOf(LIGHTS), metadata={"description": LIGHT}
    )
    said = fields.List(
        fields.String(), required=True, metadata={"description": "What it is and what to do."}
    )
    ms = fields.Integer(required=True, allow_none=True)
    ended_at = UtcMoment(
        required=True, allow_none=True, metadata={"description": "null: never looked at."}
    )
    job_id = fields.String(
        required=True, allow_none=True, metadata={"description": "The job that tried the slot."}
    )


class RehearsalTrialSchema(Schema):
    slot_id = fields.String(required=True)
    name = fields.String(required=True)
    provider_id = fields.String(required=True)
    model = fields.String(required=True, allow_none=True)
    cost_usd = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "What one photo will cost about; null: nobody knows yet."},
    )


class RetiringModelSchema(Schema):
    provider_id = fields.String(required=True)
    model = fields.String(required=True)
    retired_on = fields.Date(required=True)
    successor = fields.String(required=True, allow_none=True)
    slot_ids = fields.List(fields.String(), required=True)
    is_default = fields.Boolean(
        required=True, metadata={"description": "Slots that name no model use it."}
    )


class RehearsalSchema(Schema):
    light = fields.String(
        required=True,
        allow_none=True,
        validate=OneOf(LIGHTS),
        metadata={"description": "The worst of all rows; null: none was looked at."},
    )
    running = fields.Boolean(required=True)
    rows = fields.List(fields.Nested(RehearsalRowSchema), required=True)
    trials = fields.List(fields.Nested(RehearsalTrialSchema), required=True)
    retiring = fields.List(fields.Nested(RetiringModelSchema), required=True)


class RehearsalWishSchema(Schema):
    parts = fields.List(
        fields.String(validate=Length(1, 100)),
        allow_none=True,
        load_default=None,
        validate=Length(0, MOST_ROWS),
        metadata={"description": "Rows by their ids; null: all that cost nothing."},
    )
    slots = fields.List(
        fields.String(validate=OneOf(SLOT_IDS)),
        load_default=list,
        validate=Length(0, len(SLOT_IDS)),
        metadata={"description": "Slots that are sent a photo, each of which may cost money."},
    )
    guests_per_hour = fields.Integer(
        strict=True, load_default=Event.guests_per_hour, validate=Range(1, 10_000)
    )
    hours = fields.Integer(strict=True, load_default=Event.hours, validate=Range(1, 72))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Wish:
        event = Event(data["guests_per_hour"], data["hours"])
        return Wish(data.get("parts"), data.get("slots", ()), event)


class SuccessionWishSchema(Schema):
    provider_id = fields.String(required=True, validate=Length(1, 100))
    model = fields.String(required=True, validate=Length(1, 200))


class SuccessionSchema(Schema):
    slot_ids = fields.List(
        fields.String(), required=True, metadata={"description": "The slots that were changed."}
    )
