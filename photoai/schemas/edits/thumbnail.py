"""One picture of a video."""

from __future__ import annotations

from marshmallow import Schema, fields

from photoai.checks import OneOf, Range

from .fields import said, until
from .types import BASE, TaskType

FORMATS = ("jpeg", "png", "webp")
NARROWEST_PX, WIDEST_PX = 16, 4096


class ThumbnailConfigSchema(Schema):
    at_sec = until("Moment", "A tenth of the way in unless set.")
    width = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=Range(NARROWEST_PX, WIDEST_PX),
        metadata=said("Width", "As wide as the video unless set.", unit="px"),
    )
    format = fields.String(load_default="jpeg", validate=OneOf(FORMATS), metadata=said("Format"))


TYPE = TaskType(
    title="Take a picture",
    description="One picture of a video, as a file.",
    config=ThumbnailConfigSchema,
    places=(BASE,),
)
