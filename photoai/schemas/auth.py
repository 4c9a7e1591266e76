"""Signing in: each façade's own words for one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import Length


@dataclass(frozen=True)
class Login:
    username: str
    password: str


class LoginSchema(Schema):
    username = fields.String(required=True, validate=Length(1, 200))
    password = fields.String(required=True, validate=Length(1, 1000), load_only=True)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Login:
        return Login(**data)


class TokenSchema(Schema):
    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in_sec = fields.Integer(required=True)


class NameOrEmailLoginSchema(LoginSchema):
    username = fields.String(required=True, data_key="email_or_username", validate=Length(1, 300))


class AccessSchema(Schema):
    """As seed 000 has it; `expires_in` in seconds."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True)


class TokenPairSchema(AccessSchema):
    """As seed 002 has it."""

    refresh_token = fields.String(required=True)


class RefreshSchema(Schema):
    refresh_token = fields.String(required=True, validate=Length(1, 4000), load_only=True)
