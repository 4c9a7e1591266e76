"""Registered images over HTTP."""

from __future__ import annotations

from marshmallow import Schema, fields

from photoai.checks import Length, Range

from .shared import UtcMoment

LONGEST_TTL_SEC = 172_800


class MediaSchema(Schema):
    id = fields.String(required=True)
    public_url = fields.String(required=True)
    expires_at = UtcMoment(required=True)
    mime = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class ExtensionSchema(Schema):
    id = fields.String(required=True, validate=Length(1, 100))
    ttl_sec = fields.Integer(required=True, strict=True, validate=Range(1, LONGEST_TTL_SEC))


class ExtendedSchema(Schema):
    id = fields.String(required=True)
    expires_at = UtcMoment(required=True)
