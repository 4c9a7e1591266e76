"""Texts drawn on a video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validates_schema

from photoai.checks import Length, Range
from photoai.errors import Sentence

from .fields import (
    Colour,
    SeenThrough,
    anchor,
    check_point,
    check_span,
    font,
    point,
    quality,
    said,
    seconds,
    until,
)
from .types import BASE, TaskType

MOST_TEXTS, LONGEST_TEXT = 50, 2000
SMALLEST_PX, LARGEST_PX, WIDEST_OUTLINE_PX = 4, 1000, 50
BOX = "#000000b3"
AN_OUTLINE = Sentence("True, false, a width in pixels or a colour is needed.")
A_BOX = Sentence("True, false or a colour is needed.")


def size(description: str) -> fields.Float:
    return fields.Float(
        load_default=None,
        allow_none=True,
        validate=Range(SMALLEST_PX, LARGEST_PX),
        metadata=said("Size", description, unit="px"),
    )


class TextSchema(Schema):
    """`outline` (true, false, a width, a colour) and `box` (true, false, a colour) are short for
    the fields that say it in full."""

    content = fields.String(
        required=True, validate=Length(1, LONGEST_TEXT), metadata=said("Text", format="text")
    )
    font = font()
    size = size("Of the letters; an eighteenth of the picture's height unless set.")
    color = Colour("Colour", load_default="#ffffff")
    outline_px = fields.Float(
        load_default=None,
        allow_none=True,
        validate=Range(0, WIDEST_OUTLINE_PX),
        metadata=said("Outline", "A sixteenth of the size unless set.", unit="px"),
    )
    outline_color = Colour("Colour of the outline", load_default="#000000")
    box_color = SeenThrough(
        "Box", "The colour behind the text; the last two digits are how solid it is.",
        load_default=None, allow_none=True,
    )  # fmt: skip
    anchor = anchor(
        "Place", "Where in the picture it stands; with x and y, which point of the text does.", None
    )
    x = point("From the left")
    y = point("From the top")
    start_sec = seconds("Appears at")
    end_sec = until("Disappears at", "Stays to the end unless set.")
    fade_sec = seconds("Fades in and out", most=60)

    @pre_load
    def in_full(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        full = dict(data)
        for name, read in SHORT.items():
            if name in full:
                full = read(full.pop(name)) | full
        return full

    @validates_schema
    def checked(self, data: dict[str, Any], **_: Any) -> None:
        check_span(data)
        check_point(data)

    @post_load
    def placed(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        default = "bottom" if data["x"] is None else "top-left"
        return data | {"anchor": data["anchor"] or default}


def _outline(value: Any) -> dict[str, Any]:
    if value is None or value is True:
        return {}
    if value is False:
        return {"outline_px": 0}
    if isinstance(value, int | float):
        return {"outline_px": value}
    if isinstance(value, str):
        return {"outline_color": value}
    raise ValidationError(AN_OUTLINE, "outline")


def _box(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, bool):
        return {"box_color": BOX if value else None}
    if isinstance(value, str):
        return {"box_color": value}
    raise ValidationError(A_BOX, "box")


SHORT = {"outline": _outline, "box": _box}


class TextOverlayConfigSchema(Schema):
    texts = fields.List(
        fields.Nested(TextSchema),
        required=True,
        validate=Length(1, MOST_TEXTS),
        metadata=said("Texts"),
    )
    quality = quality()


TYPE = TaskType(
    title="Add text",
    description="Draws titles, captions and signatures on a video.",
    config=TextOverlayConfigSchema,
    places=(BASE,),
)
