"""What photos cost, events that have a budget of their own, and drills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load

from photoai.checks import Length, OneOf, Range
from photoai.services.booth_events import LONGEST_HOURS
from photoai.services.budgets import Level, Scope
from photoai.services.drills import MOST_PHOTOS

from .settings import BudgetUsd, no_control_characters
from .shared import UtcMoment

LEVELS, SCOPES = [level.value for level in Level], [scope.value for scope in Scope]
LONGEST_NAME = 80


class BudgetSchema(Schema):
    scope = fields.String(
        required=True, validate=OneOf(SCOPES),
        metadata={"description": "Today's of all operators' slots, an event's, today's of a slot."},
    )  # fmt: skip
    slot_id = fields.String(required=True, allow_none=True)
    event = fields.String(
        required=True, allow_none=True, metadata={"description": "The event's name."}
    )
    spent_usd = fields.Float(required=True)
    under_way_usd = fields.Float(
        required=True, metadata={"description": "What photos that wait or run will add about."}
    )
    limit_usd = fields.Float(required=True, allow_none=True)
    used_percent = fields.Float(required=True)
    level = fields.String(required=True, validate=OneOf(LEVELS))


class BudgetListSchema(Schema):
    data = fields.List(fields.Nested(BudgetSchema), required=True)


class EventSchema(Schema):
    name = fields.String(required=True)
    budget_usd = fields.Float(required=True, allow_none=True)
    began_at = UtcMoment(required=True)
    ends_at = UtcMoment(required=True)


class CurrentEventSchema(Schema):
    event = fields.Nested(
        EventSchema, required=True, allow_none=True, metadata={"description": "null: none is on."}
    )


class EventWishSchema(Schema):
    """What is not sent stays as it is; without an event, one begins that has a name."""

    class Meta:
        unknown = EXCLUDE

    name = fields.String(validate=(Length(min=1, max=LONGEST_NAME), no_control_characters))
    budget_usd = BudgetUsd(allow_none=True)
    hours = fields.Float(
        validate=Range(0, LONGEST_HOURS, min_inclusive=False),
        metadata={"description": "After its begin, until it ends by itself; 24 unless told."},
    )

    @pre_load
    def trimmed(self, data: Any, **_: Any) -> Any:
        name = data.get("name") if isinstance(data, dict) else None
        return {**data, "name": name.strip()} if isinstance(name, str) else data


class PastEventSchema(Schema):
    name = fields.String(required=True)
    budget_usd = fields.Float(required=True, allow_none=True)
    began_at = UtcMoment(required=True)
    ended_at = UtcMoment(required=True)
    spent_usd = fields.Float(required=True)
    paid_photos = fields.Integer(required=True)


class PastEventsSchema(Schema):
    data = fields.List(fields.Nested(PastEventSchema), required=True)


class DrillSchema(Schema):
    provider_id = fields.String(required=True)
    photos = fields.Integer(required=True)
    photos_left = fields.Integer(required=True)
    began_at = UtcMoment(required=True)
    ends_at = UtcMoment(required=True)


class DrillListSchema(Schema):
    data = fields.List(fields.Nested(DrillSchema), required=True)


@dataclass(frozen=True)
class DrillWish:
    provider_id: str
    photos: int


class DrillWishSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    provider_id = fields.String(required=True, validate=Length(max=50))
    photos = fields.Integer(required=True, validate=Range(1, MOST_PHOTOS))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> DrillWish:
        return DrillWish(**data)
