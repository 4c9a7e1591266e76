"""What clients of the merge service send and get."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from photoai.checks import Length, OneOf, Range
from photoai.errors import Sentence
from photoai.services.merges import (
    ASPECTS,
    FITS,
    MOST_CLIPS,
    QUALITIES,
    TRANSITIONS,
    MergeOrder,
    MergeSettings,
    Source,
)

from .shared import ErrorBodySchema
from .wishes import URL_MAX_CHARS, WishFieldsSchema

SHORTEST_TRANSITION_SEC, LONGEST_TRANSITION_SEC = 0.1, 5.0
A_COLOUR = Sentence("A colour such as #1e90ff is needed.")
WEB = ("http", "https")
# Those that say no direction have one.
SHORT_NAMES = {"slide": "slide-left", "wipe": "wipe-left"}


class SourceField(fields.String):
    """The http(s) address of a clip, or the id of a file of the caller's."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return Source(file_id=str(uuid.UUID(text)))
        except ValueError:
            return Source(url=_address(text))


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = len(text) <= URL_MAX_CHARS and parts.scheme.lower() in WEB and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ValidationError(Sentence("Neither an http(s) address nor the id of a file."))
    return text


class MergeOrderSchema(WishFieldsSchema):
    """What clients of the old service send besides is left aside, as it was there."""

    class Meta:
        unknown = EXCLUDE

    video_urls = fields.List(SourceField(), required=True, validate=Length(1, MOST_CLIPS))
    aspect_ratio = fields.String(validate=OneOf(ASPECTS))
    quality = fields.String(validate=OneOf(QUALITIES))
    fit = fields.String(validate=OneOf(FITS))
    background = fields.String(validate=validate.Regexp(r"#[0-9A-Fa-f]{6}\Z", error=A_COLOUR))
    transition = fields.String(validate=OneOf(("none", *TRANSITIONS, *SHORT_NAMES)))
    transition_sec = fields.Float(validate=Range(SHORTEST_TRANSITION_SEC, LONGEST_TRANSITION_SEC))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> MergeOrder:
        sources = tuple(data.pop("video_urls"))
        for wish in WishFieldsSchema().fields:
            data.pop(wish, None)
        if "transition" in data:
            data["transition"] = SHORT_NAMES.get(data["transition"], data["transition"])
        return MergeOrder(sources, MergeSettings(**data))


class MergeFactsSchema(Schema):
    """The finished video: pixels, seconds, bytes, and what was done to each clip."""

    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    fps = fields.Float(required=True)
    duration_sec = fields.Float(required=True)
    size_bytes = fields.Integer(required=True)
    clips = fields.List(fields.Dict(), required=True)


class MergeTaskSchema(Schema):
    task_id = fields.String(required=True)
    status = fields.String(required=True)
    message = fields.String(required=True)
    download_url = fields.String(required=True, allow_none=True)
    cache_hit = fields.Boolean(required=True)
    progress = fields.Float(required=True)
    success_flag = fields.Integer(required=True)
    eta_sec = fields.Float(required=True, allow_none=True)
    queue_position = fields.Integer(allow_none=True)
    mode = fields.String(required=True, allow_none=True)
    poster_url = fields.String(required=True, allow_none=True)
    result = fields.Nested(MergeFactsSchema, required=True, allow_none=True)
    error = fields.Nested(ErrorBodySchema, required=True, allow_none=True)


class CanvasSchema(Schema):
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    fps = fields.Float(required=True)


class ClipPlanSchema(Schema):
    index = fields.Integer(required=True)
    action = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    duration_sec = fields.Float(required=True)


class MergePlanSchema(Schema):
    canvas = fields.Nested(CanvasSchema, required=True)
    mode = fields.String(required=True)
    duration_sec = fields.Float(required=True)
    estimated_sec = fields.Float(required=True)
    cache_hit = fields.Boolean(required=True)
    clips = fields.List(fields.Nested(ClipPlanSchema), required=True)


class DownloadSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    signature = fields.String(load_default=None, validate=Length(max=500))


class VideoApiSchema(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)
    docs = fields.String(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class VideoHealthSchema(Schema):
    status = fields.String(required=True)
    version = fields.String(required=True)
    uptime_seconds = fields.Integer(required=True)
    active_jobs = fields.Integer(required=True)
