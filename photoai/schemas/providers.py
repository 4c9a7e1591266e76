"""The catalogue as operators see it."""

from __future__ import annotations

from marshmallow import Schema, fields


class ProviderLimitsSchema(Schema):
    max_parallel_jobs = fields.Integer(required=True)
    timeout_sec = fields.Float(required=True)
    allowed_mime = fields.List(fields.String(), required=True)
    max_file_size_mb = fields.Float(required=True)
    max_side_px = fields.Integer(required=True, allow_none=True)


class ModelSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    default = fields.Boolean(required=True)
    price_per_image = fields.Dict(fields.String(), fields.Float(), required=True)
    retired_on = fields.Date(required=True, allow_none=True)


class OperationSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    needs = fields.List(fields.String(), required=True)
    settings_schema = fields.Dict(required=True)


class ProviderSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    configured = fields.Boolean(required=True)
    healthy = fields.Boolean(required=True)
    limits = fields.Nested(ProviderLimitsSchema, required=True)
    models = fields.List(fields.Nested(ModelSchema), required=True)
    operations = fields.List(fields.Nested(OperationSchema), required=True)


class ProviderListSchema(Schema):
    providers = fields.List(fields.Nested(ProviderSchema), required=True)
