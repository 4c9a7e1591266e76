"""Accounts as administrators find, change and see them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.models import Role
from photoai.services.accounts import LIMITS, PLAN_NAMES
from photoai.services.administration import SORTED_BY, UserChange, UserView, UserWish

from .accounts import PlanLimitsSchema, UsageSchema
from .jobs import PageMetaSchema
from .keys import PagingSchema
from .shared import UtcMoment

MOST_OF_A_LIMIT = 1_000_000_000
LARGEST_ID = 2**31 - 1
SORTS = [*SORTED_BY, *(f"-{name}" for name in SORTED_BY)]
ROLES = [role.value for role in Role]


class UserWishSchema(PagingSchema):
    search = fields.String(validate=Length(max=300))
    role = fields.String(validate=OneOf(ROLES))
    active = fields.Boolean()
    plan = fields.String(validate=OneOf(PLAN_NAMES))
    sort = fields.String(validate=OneOf(SORTS))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> UserWish:
        return UserWish(**data)


def _limit(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=Range(0, MOST_OF_A_LIMIT), **options)


# One field for each number of a plan.
QuotasSchema = Schema.from_dict({name: _limit() for name in LIMITS}, name="QuotasSchema")
QuotasChangeSchema = Schema.from_dict(
    {name: _limit(allow_none=True) for name in LIMITS}, name="QuotasChangeSchema"
)


class UserChangeSchema(Schema):
    active = fields.Boolean(truthy={True}, falsy={False})
    plan = fields.String(validate=OneOf(PLAN_NAMES))
    quotas = fields.Nested(
        QuotasChangeSchema,
        metadata={"description": "Limits in place of the plan's; null: the plan's again."},
    )
    version = fields.Integer(
        strict=True,
        validate=Range(1, LARGEST_ID),
        metadata={"description": "The one that was looked at; 409 when it is not the present one."},
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> UserChange:
        return UserChange(**data)


class SignOutSchema(Schema):
    keys = fields.Boolean(
        truthy={True}, falsy={False}, load_default=False,
        metadata={"description": "Whether all API keys are revoked as well."},
    )  # fmt: skip


class SignedOutSchema(Schema):
    keys_revoked = fields.Integer(required=True)


class UserUsageSchema(UsageSchema):
    """Files that are not deleted; jobs of all kinds that wait or run, and of the last 24 hours."""

    files = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    limit_bytes = fields.Integer(required=True)
    jobs_open = fields.Integer(required=True)
    jobs_today = fields.Integer(required=True)


class UserSchema(Schema):
    id = fields.Integer(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    role = fields.String(required=True)
    active = fields.Boolean(required=True)
    plan = fields.String(required=True)
    quotas = fields.Nested(
        QuotasSchema, required=True, metadata={"description": "Those that are not the plan's."}
    )
    limits = fields.Nested(PlanLimitsSchema, required=True)
    usage = fields.Nested(UserUsageSchema, required=True)
    created_at = UtcMoment(required=True)
    last_sign_in_at = UtcMoment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class UserListSchema(Schema):
    data = fields.List(fields.Nested(UserSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


def user_view(view: UserView) -> dict[str, Any]:
    columns = ("id", "username", "email", "role", "active", "quotas", "created_at", "version")
    usage = {name: getattr(view.usage, name) for name in UsageSchema().fields}
    usage |= vars(view.held) | vars(view.work)
    return {name: getattr(view.user, name) for name in columns} | {
        "plan": view.plan.name,
        "limits": view.plan,
        "usage": usage | {"limit_bytes": view.plan.storage_mb * 1_000_000},
        "last_sign_in_at": view.user.signed_in_at,
    }
