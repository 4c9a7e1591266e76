"""Accounts: registering, and what an account knows of itself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import OneOf
from photoai.services.accounts import (
    EMAIL,
    FREE,
    PASSWORD,
    PLAN_NAMES,
    USERNAME,
    NewAccount,
)

from .shared import UtcMoment


class RegistrationSchema(Schema):
    username = fields.String(required=True, validate=USERNAME)
    email = fields.String(required=True, validate=EMAIL)
    password = fields.String(required=True, validate=PASSWORD, load_only=True)
    plan = fields.String(load_default=FREE, validate=OneOf(PLAN_NAMES))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> NewAccount:
        return NewAccount(**data)


class PlanLimitsSchema(Schema):
    """Null a day is any number of them; megabytes of 10^6 bytes, cents of a USD."""

    merges_at_once = fields.Integer(required=True)
    merges_per_day = fields.Integer(required=True, allow_none=True)
    tasks_at_once = fields.Integer(required=True)
    tasks_per_day = fields.Integer(required=True, allow_none=True)
    clip_max_mb = fields.Integer(required=True)
    storage_mb = fields.Integer(required=True)
    reels_cents_per_day = fields.Integer(required=True, allow_none=True)


class UsageSchema(Schema):
    merges_running = fields.Integer(required=True)
    merges_today = fields.Integer(required=True)
    tasks_running = fields.Integer(required=True)
    tasks_today = fields.Integer(required=True)


class AccountSettingsSchema(Schema):
    """What an account has chosen for itself (seed 002): its plan, and nothing else yet."""

    plan = fields.String(required=True)


class ProfileSchema(Schema):
    id = fields.Integer(required=True, attribute="user.id")
    username = fields.String(required=True, attribute="user.username")
    email = fields.String(required=True, attribute="user.email", allow_none=True)
    role = fields.String(required=True, attribute="user.role")
    plan = fields.String(required=True, attribute="plan.name")
    settings = fields.Nested(AccountSettingsSchema, required=True)
    created_at = UtcMoment(required=True, attribute="user.created_at")
    limits = fields.Nested(PlanLimitsSchema, required=True, attribute="plan")
    usage = fields.Nested(UsageSchema, required=True)


class RegisteredSchema(Schema):
    """The merge façade's answer (seed 000)."""

    username = fields.String(required=True, attribute="user.username")
    email = fields.String(required=True, attribute="user.email")
    plan = fields.String(required=True, attribute="user.plan")
    api_key = fields.String(required=True, attribute="key.secret")


class RegisteredAccountSchema(RegisteredSchema):
    """The same under /api/v1 (seed 002)."""

    id = fields.Integer(required=True, attribute="user.id")
    created_at = UtcMoment(required=True, attribute="user.created_at")
