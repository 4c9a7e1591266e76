"""API keys as their accounts see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, Range
from photoai.services.accounts import LIVES_DAYS

from .accounts import PlanLimitsSchema, UsageSchema
from .jobs import PageMetaSchema
from .shared import UtcMoment


class KeySchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True)
    created_at = UtcMoment(required=True)
    expires_at = UtcMoment(required=True, allow_none=True)
    last_used_at = UtcMoment(required=True, allow_none=True)
    revoked_at = UtcMoment(required=True, allow_none=True)


class NewKeySchema(Schema):
    """The one answer that holds the key itself."""

    id = fields.String(required=True, attribute="row.id")
    name = fields.String(required=True, attribute="row.name")
    api_key = fields.String(required=True, attribute="secret")
    prefix = fields.String(required=True, attribute="row.prefix")
    created_at = UtcMoment(required=True, attribute="row.created_at")
    expires_at = UtcMoment(required=True, attribute="row.expires_at")


@dataclass(frozen=True)
class KeyWish:
    name: str
    expires_days: int


class KeyWishSchema(Schema):
    name = fields.String(load_default="API key", validate=Length(1, 100))
    expires_days = fields.Integer(strict=True, load_default=LIVES_DAYS, validate=Range(1, 3650))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> KeyWish:
        return KeyWish(**data)


@dataclass(frozen=True)
class Paging:
    page: int
    page_size: int


class PagingSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    page = fields.Integer(load_default=1, validate=Range(1, 1_000_000))
    page_size = fields.Integer(load_default=20, validate=Range(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Paging:
        return Paging(**data)


class KeyListSchema(Schema):
    data = fields.List(fields.Nested(KeySchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


class RevokedSchema(Schema):
    revoked = fields.Integer(required=True)


class VerifiedSchema(Schema):
    """Who calls, by what, and what they may do; `key` is null for a token."""

    valid = fields.Boolean(required=True)
    username = fields.String(required=True, attribute="profile.user.username")
    email = fields.String(required=True, attribute="profile.user.email", allow_none=True)
    plan = fields.String(required=True, attribute="profile.plan.name")
    role = fields.String(required=True, attribute="profile.user.role")
    limits = fields.Nested(PlanLimitsSchema, required=True, attribute="profile.plan")
    usage = fields.Nested(UsageSchema, required=True, attribute="profile.usage")
    key = fields.Nested(KeySchema, required=True, allow_none=True)
