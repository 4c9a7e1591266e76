"""What clients of conversions to ASCII send and get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load

from photoai.checks import Length, OneOf
from photoai.config import Config
from photoai.errors import Sentence
from photoai.services.ascii import COLORS, DITHERS, STYLES, Look
from photoai.services.conversions import ConversionOrder

from .ascii_fields import Colour, Number, WholeNumber, YesOrNo, described, refuse
from .shared import ErrorBodySchema, UtcMoment

LEAST_WIDTH, MOST_WIDTH = 10, 240
MOST_FPS, WORST_CRF = 60, 51
LONGEST_CHARSET_SENT = 20_000
RANDOM, MONO = "random", "mono"
LOOK = tuple(field.name for field in fields_of(Look))
ONE_COLOUR = Sentence("Random colours and another kind of colour do not go together.")
SOMETHING = Sentence("At least one of save_mp4, save_png, save_txt and gif is needed.")


class LookSchema(Schema):
    """Every setting of the picture. An empty field is one that was not sent; what clients send
    besides is left aside."""

    class Meta:
        unknown = EXCLUDE

    width = WholeNumber(LEAST_WIDTH, MOST_WIDTH, load_default=120)
    style = fields.String(validate=OneOf(STYLES), load_default="normal")
    charset = fields.String(validate=Length(max=LONGEST_CHARSET_SENT), load_default=None)
    color = fields.String(validate=OneOf(COLORS))
    random_colors = YesOrNo(load_default=False)
    dither = fields.String(validate=OneOf(DITHERS), load_default="none")
    brightness = Number(0.5, 2.0, load_default=1.0)
    contrast = Number(0.5, 2.0, load_default=1.0)
    gamma = Number(0.5, 2.0, load_default=1.0)
    text_color = Colour(load_default="#00ff00")
    bg_color = Colour(load_default="#000000")
    transparent_bg = YesOrNo(load_default=False, attribute="transparent")
    steadiness = Number(0.0, 1.0, load_default=0.5)
    shapes = YesOrNo(load_default=False)
    seed = WholeNumber(0, 999_999_999, load_default=0)

    @pre_load
    def without_empty(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """A blank charset is one of blanks."""
        return {name: value for name, value in data.items() if value != ""}

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Any:
        """Raises CharsetInvalid."""
        return _look(data)


class ConversionOrderSchema(LookSchema):
    fps = WholeNumber(1, MOST_FPS, load_default=30)
    crf = WholeNumber(0, WORST_CRF, load_default=23)
    save_mp4 = YesOrNo(load_default=True)
    save_png = YesOrNo(load_default=True)
    save_txt = YesOrNo(load_default=False)
    gif = YesOrNo(load_default=False, attribute="save_gif")
    file_id = fields.UUID(load_default=None)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> ConversionOrder:
        saved = {name: data.pop(name) for name in ("save_mp4", "save_png", "save_txt", "save_gif")}
        if not any(saved.values()):
            raise refuse("save_mp4", SOMETHING)
        rest = {name: data.pop(name) for name in ("fps", "crf")}
        file_id = data.pop("file_id")
        return ConversionOrder(
            _look(data), file_id=str(file_id) if file_id else None, **rest, **saved
        )


def _look(data: dict[str, Any]) -> Look:
    wants_random = data.pop("random_colors")
    color = data.get("color", RANDOM if wants_random else MONO)
    if wants_random and color != RANDOM:
        raise refuse("random_colors", ONE_COLOUR)
    return Look(**{**data, "color": color})


def defaults_of(config: Config) -> dict[str, Any]:
    """Of the fields whose default this server sets."""
    return {
        "width": config.ascii_default_width,
        "fps": config.ascii_default_fps,
        "crf": config.ascii_default_crf,
    }


def form_properties() -> dict[str, Any]:
    """The parts of an order's form besides its file."""
    hints = {
        "charset": {"description": "Own characters, dark to light, in place of the style's."},
        "color": {"default": MONO},
        "file_id": {"format": "uuid", "description": "A file of one's own, in place of one sent."},
        "steadiness": {"description": "How much a tone must change before its character does."},
        "shapes": {"description": "Choose characters by their shape, not only by their tone."},
    }
    return described(ConversionOrderSchema().fields, hints)


class ArtifactsSchema(Schema):
    """`…_files` are the first thousand frames, `…_pattern` how all are called. `left_out` are the
    kinds that were wished for and would have needed too much room."""

    mp4 = fields.String(required=True, allow_none=True)
    gif = fields.String(required=True, allow_none=True)
    txt_files = fields.List(fields.String(), required=True)
    png_files = fields.List(fields.String(), required=True)
    truncated = fields.Boolean(required=True)
    txt_pattern = fields.String(required=True, allow_none=True)
    png_pattern = fields.String(required=True, allow_none=True)
    frames_zip = fields.String(required=True, allow_none=True)
    poster = fields.String(required=True, allow_none=True)
    left_out = fields.List(fields.String(), required=True)


class ConversionResultSchema(Schema):
    mp4_path = fields.String(required=True, allow_none=True)
    frames_count = fields.Integer(required=True)
    duration_seconds = fields.Float(required=True)
    fps = fields.Float(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    columns = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    has_sound = fields.Boolean(required=True)
    artifacts = fields.Nested(ArtifactsSchema, required=True)
    expires_at = UtcMoment(required=True)


STATUSES = ("queued", "processing", "completed", "failed")


class ConversionSchema(Schema):
    """`progress` goes from 0 to 1."""

    job_id = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(STATUSES))
    progress = fields.Float(required=True)
    message = fields.String(required=True)
    eta_seconds = fields.Float(required=True, allow_none=True)
    queue_position = fields.Integer(required=True, allow_none=True)
    processing_time_seconds = fields.Float(required=True, allow_none=True)
    result = fields.Nested(ConversionResultSchema, required=True, allow_none=True)
    error = fields.Nested(ErrorBodySchema, required=True, allow_none=True)


class RejectedFileSchema(Schema):
    index = fields.Integer(required=True)
    name = fields.String(required=True)
    error = fields.Nested(ErrorBodySchema, required=True)


class BatchSchema(Schema):
    """`total` counts every file that was sent, `rejected` are those of them without a job."""

    batch_id = fields.String(required=True)
    job_ids = fields.List(fields.String(), required=True)
    status = fields.String(required=True, validate=OneOf(STATUSES))
    total = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    progress = fields.Float(required=True)
    rejected = fields.List(fields.Nested(RejectedFileSchema), required=True)
