"""What photos cost today, and drills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.services.budgets import Level
from photoai.services.drills import MOST_PHOTOS

from .shared import UtcMoment

LEVELS = [level.value for level in Level]


class BudgetSchema(Schema):
    slot_id = fields.String(
        required=True, allow_none=True, metadata={"description": "null: of all operators' slots."}
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
