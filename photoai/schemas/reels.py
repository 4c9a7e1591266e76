"""What clients of the analysis of videos send and get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load, validate

from photoai.checks import OneOf
from photoai.errors import Sentence
from photoai.services.reels import ReelOrder
from photoai.services.reels.analysis import LANGUAGES

from .ascii_fields import WholeNumber, described
from .edits.subtitles import STYLES
from .reel_facts import ReelFactsSchema
from .shared import ErrorBodySchema, UtcMoment
from .wishes import WishFieldsSchema

MOST_VARIANTS = 3
A_LANGUAGE = Sentence("Two letters of ISO 639-1 such as ru are needed.")
STATES = ("PENDING", "PROGRESS", "SUCCESS", "FAILURE")
TEXTS = ("original", "translation")


class ReelOrderSchema(Schema):
    """The fields of an order's form; an empty one is one that was not sent."""

    class Meta:
        unknown = EXCLUDE

    target_language = fields.String(
        validate=validate.OneOf(tuple(LANGUAGES), error=A_LANGUAGE), load_default="ru"
    )
    variants = WholeNumber(1, MOST_VARIANTS, load_default=1)
    file_id = fields.UUID(load_default=None)

    @pre_load
    def without_empty(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value != ""}

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> ReelOrder:
        file_id = data.pop("file_id")
        return ReelOrder(**data, file_id=str(file_id) if file_id else None)


def form_properties() -> dict[str, Any]:
    """The parts of an order's form besides its file."""
    hints = {
        "target_language": {
            "description": "Of translation, script and advice, by ISO 639-1.",
            "pattern": "^[a-z]{2}$",
        },
        "variants": {"description": "How many scripts there shall be."},
        "file_id": {"format": "uuid", "description": "A file of one's own, in place of one sent."},
    }
    properties = described(ReelOrderSchema().fields, hints)
    properties["target_language"].pop("enum", None)
    return properties


class ReelStartedSchema(Schema):
    """As seed 001 has it."""

    success = fields.Boolean(required=True)
    task_id = fields.String(required=True)
    message = fields.String(required=True)


class SpokenSchema(Schema):
    """`language` is what is spoken (ISO 639-1), null where nothing is."""

    language = fields.String(required=True, allow_none=True)
    transcription = fields.String(required=True)
    translation = fields.String(required=True)


class SpokenSegmentSchema(Schema):
    start_sec = fields.Float(required=True)
    end_sec = fields.Float(required=True)
    text = fields.String(required=True)
    translation = fields.String(required=True)


class SuccessKeySchema(Schema):
    title = fields.String(required=True)
    description = fields.String(required=True)


class ScriptLineSchema(Schema):
    time = fields.String(required=True)
    visual = fields.String(required=True)
    text = fields.String(required=True)
    note = fields.String(required=True)


class ScriptVariantSchema(Schema):
    title = fields.String(required=True)
    script = fields.List(fields.Nested(ScriptLineSchema), required=True)


class AdviceSchema(Schema):
    category = fields.String(required=True)
    text = fields.String(required=True)


class HookSchema(Schema):
    """What holds whoever sees the first seconds."""

    text = fields.String(required=True)
    why = fields.String(required=True)
    end_sec = fields.Float(required=True, allow_none=True)


class ShotSchema(Schema):
    """`thumbnail` is the address of a JPEG, null once it was deleted."""

    index = fields.Integer(required=True)
    start_sec = fields.Float(required=True)
    end_sec = fields.Float(required=True)
    description = fields.String(required=True, allow_none=True)
    thumbnail = fields.String(required=True, allow_none=True)


class ReelExportsSchema(Schema):
    """Addresses; null for what there is not."""

    srt = fields.String(required=True, allow_none=True)
    srt_translation = fields.String(required=True, allow_none=True)
    md = fields.String(required=True, allow_none=True)
    json = fields.String(required=True, allow_none=True)


class ReelResultSchema(Schema):
    """`missing` names the parts that are not there (yet): until the model has answered, and where
    it never does, all there is are the facts measured here. `cost` is in USD, of this analysis
    alone; `timings` are seconds by stage."""

    original = fields.Nested(SpokenSchema, required=True, allow_none=True)
    segments = fields.List(fields.Nested(SpokenSegmentSchema), required=True)
    keys = fields.List(fields.Nested(SuccessKeySchema), required=True)
    script = fields.List(fields.Nested(ScriptLineSchema), required=True)
    variants = fields.List(fields.Nested(ScriptVariantSchema), required=True)
    recommendations = fields.List(fields.Nested(AdviceSchema), required=True)
    hook = fields.Nested(HookSchema, required=True, allow_none=True)
    shots = fields.List(fields.Nested(ShotSchema), required=True)
    facts = fields.Nested(ReelFactsSchema, required=True)
    first_frame = fields.String(required=True, allow_none=True)
    missing = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)
    model = fields.String(required=True, allow_none=True)
    model_version = fields.String(required=True, allow_none=True)
    prompt_version = fields.String(required=True, allow_none=True)
    target_language = fields.String(required=True)
    usage = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    cost = fields.Float(required=True, allow_none=True)
    cache_hit = fields.Boolean(required=True)
    repairs = fields.Integer(required=True)
    timings = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    file_id = fields.String(required=True, allow_none=True)
    file_name = fields.String(required=True)
    video = fields.String(required=True, allow_none=True)
    exports = fields.Nested(ReelExportsSchema, required=True)
    expires_at = UtcMoment(required=True, allow_none=True)


class ReelSchema(Schema):
    """`progress` goes from 0 to 100, `status` is a sentence. The `result` of one that is at work
    or has failed holds what was measured, as soon as it was; null before, and once it was
    deleted for its age."""

    state = fields.String(required=True, validate=OneOf(STATES))
    progress = fields.Integer(required=True)
    status = fields.String(required=True)
    stage = fields.String(required=True, allow_none=True)
    eta_sec = fields.Float(required=True, allow_none=True)
    queue_position = fields.Integer(required=True, allow_none=True)
    result = fields.Nested(ReelResultSchema, required=True, allow_none=True)
    error = fields.Nested(ErrorBodySchema, required=True, allow_none=True)


class TranscriptQuerySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    lang = fields.String(
        validate=OneOf(TEXTS),
        load_default="original",
        metadata={"description": "The words that are spoken, or what they mean."},
    )


class SubtitlesWishSchema(WishFieldsSchema):
    """What is burned into the video."""

    lang = fields.String(validate=OneOf(TEXTS), load_default="translation")
    style = fields.String(validate=OneOf(STYLES), load_default="classic")
