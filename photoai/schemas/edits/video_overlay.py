"""A picture or a video laid over a video."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validates_schema

from photoai.checks import Range
from photoai.models import FileKind

from .fields import Colour, anchor, check_point, check_span, point, quality, said, seconds, until
from .types import BASE, Place, TaskType


class ChromaKeySchema(Schema):
    color = Colour("Colour that is taken out", required=True)
    similarity = fields.Float(
        load_default=0.15,
        validate=Range(0.01, 1),
        metadata=said("Similarity", "How far from the colour something may be to go with it."),
    )
    blend = fields.Float(
        load_default=0.05, validate=Range(0, 1), metadata=said("Blend", "How soft its edges are.")
    )


class ChromaKey(fields.Nested):
    """The colour alone is enough."""

    def __init__(self, **options: Any) -> None:
        super().__init__(ChromaKeySchema, allow_none=True, load_default=None, **options)

    def _deserialize(self, value: Any, *around: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            value = {"color": value}
        return super()._deserialize(value, *around, **kwargs)


class VideoOverlayConfigSchema(Schema):
    anchor = anchor("Place", "With x and y: which point of it stands there.", "top-left")
    x = point("From the left")
    y = point("From the top")
    scale = fields.Float(
        load_default=None,
        allow_none=True,
        validate=Range(0.01, 4),
        metadata=said("Scale", "Its width as a part of the video's; its own size unless set."),
    )
    opacity = fields.Float(load_default=1.0, validate=Range(0, 1), metadata=said("Opacity"))
    start_sec = seconds("Appears at")
    end_sec = until("Disappears at", "Stays to the end unless set.")
    loop = fields.Boolean(load_default=False, metadata=said("Loop", "Begin again when it is over."))
    chroma_key = ChromaKey(metadata=said("Chroma key", "Take a colour out of it, such as green."))
    quality = quality()

    @validates_schema
    def checked(self, data: dict[str, Any], **_: Any) -> None:
        check_span(data)
        check_point(data)


TYPE = TaskType(
    title="Add a picture or video",
    description="A watermark, or a picture in the picture.",
    config=VideoOverlayConfigSchema,
    places=(BASE, Place("Overlay", (FileKind.VIDEO, FileKind.IMAGE))),
)
