"""Registered images over HTTP."""

from __future__ import annotations

from marshmallow import Schema, fields

from .shared import UtcMoment


class MediaSchema(Schema):
    id = fields.String(required=True)
    public_url = fields.String(required=True)
    expires_at = UtcMoment(required=True)
    mime = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
