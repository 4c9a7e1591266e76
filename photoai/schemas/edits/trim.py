"""A part of a video."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validates_schema

from .fields import check_span, quality, said, seconds, until
from .types import BASE, TaskType


class TrimConfigSchema(Schema):
    start_sec = seconds("From")
    end_sec = until("To", "The end of the video unless set.")
    precise = fields.Boolean(
        load_default=True,
        metadata=said(
            "Precise", "Exact to the frame; otherwise it begins up to some seconds earlier and "
            "nothing is encoded."
        ),
    )  # fmt: skip
    quality = quality()

    @validates_schema
    def checked(self, data: dict[str, Any], **_: Any) -> None:
        check_span(data)


TYPE = TaskType(
    title="Trim",
    description="Cuts a part out of a video.",
    config=TrimConfigSchema,
    places=(BASE,),
)
