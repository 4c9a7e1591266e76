"""What was measured of a video, before any model has seen it. Times are in seconds."""

from __future__ import annotations

from marshmallow import Schema, fields


class PartSchema(Schema):
    start_sec = fields.Float(required=True)
    end_sec = fields.Float(required=True)


class PaceSchema(Schema):
    shots_per_minute = fields.Float(required=True)
    mean_shot_sec = fields.Float(required=True)
    median_shot_sec = fields.Float(required=True)
    longest_shot_sec = fields.Float(required=True)
    first_cut_sec = fields.Float(required=True, allow_none=True)


class LoudnessSchema(Schema):
    """By EBU R128; a value of the curve every `every_sec`, null where it is silent."""

    integrated_lufs = fields.Float(required=True, allow_none=True)
    range_lu = fields.Float(required=True, allow_none=True)
    true_peak_dbtp = fields.Float(required=True, allow_none=True)
    every_sec = fields.Float(required=True)
    curve_lufs = fields.List(fields.Float(allow_none=True), required=True)


class ReelFactsSchema(Schema):
    """`loudness` is null without sound."""

    duration_sec = fields.Float(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    fps = fields.Float(required=True)
    has_sound = fields.Boolean(required=True)
    cuts = fields.List(fields.Float(), required=True)
    pace = fields.Nested(PaceSchema, required=True)
    loudness = fields.Nested(LoudnessSchema, required=True, allow_none=True)
    silence = fields.List(fields.Nested(PartSchema), required=True)
    speech_free = fields.List(fields.Nested(PartSchema), required=True)
    still = fields.List(fields.Nested(PartSchema), required=True)
    black = fields.List(fields.Nested(PartSchema), required=True)
