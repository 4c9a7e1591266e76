"""Webhooks as the owners of their jobs see them."""

from __future__ import annotations

from marshmallow import Schema, fields

from .shared import UtcMoment


class DeliveryTrySchema(Schema):
    number = fields.Integer(required=True)
    at = UtcMoment(required=True)
    duration_ms = fields.Integer(required=True)
    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)


class DeliverySchema(Schema):
    id = fields.String(required=True, attribute="row.public_id")
    event = fields.String(required=True)
    url = fields.String(required=True, attribute="row.url")
    state = fields.String(required=True, attribute="row.state")
    created_at = UtcMoment(required=True, attribute="row.created_at")
    ended_at = UtcMoment(required=True, attribute="row.ended_at", allow_none=True)
    next_try_at = UtcMoment(required=True, attribute="row.next_try_at", allow_none=True)
    tries = fields.List(fields.Nested(DeliveryTrySchema), required=True)


class DeliveryListMetaSchema(Schema):
    total = fields.Integer(required=True)


class DeliveryListSchema(Schema):
    data = fields.List(fields.Nested(DeliverySchema), required=True)
    meta = fields.Nested(DeliveryListMetaSchema, required=True)


class WebhookSecretSchema(Schema):
    secret = fields.String(required=True)
