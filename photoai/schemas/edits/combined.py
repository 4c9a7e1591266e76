"""Several operations one after the other, each on what the one before has made."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import Length, OneOf
from photoai.offload import look_around

from .fields import quality, said
from .inside import INSIDE
from .reading import FileIds, read_config
from .types import ANY, SEVERAL, Place, TaskType

MOST_OPERATIONS = 50


class CombinedOperationSchema(Schema):
    """One of them; the quality is that of the whole."""

    type = fields.String(required=True, validate=OneOf(INSIDE), metadata=said("Operation"))
    input_files = FileIds(
        load_default=list,
        metadata=said("Files", "Its own, beside what the operation before it has made."),
    )
    config = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata=said("Settings", "As of the type by itself, without its quality."),
    )

    @post_load
    def read(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        look_around()  # there may be fifty, with fifty texts each
        config = read_config(INSIDE[data["type"]].config, data["config"], inside=True)
        return data | {"config": config}


class CombinedConfigSchema(Schema):
    operations = fields.List(
        fields.Nested(CombinedOperationSchema),
        required=True,
        validate=Length(1, MOST_OPERATIONS),
        metadata=said("Operations"),
    )
    quality = quality()


TYPE = TaskType(
    title="Several at once",
    description="Several operations in a row, rendered in as few passes as they allow.",
    config=CombinedConfigSchema,
    places=(Place("Files of the first operation", ANY, 0, SEVERAL),),
)
