"""Videos put together, one after the other."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from photoai.checks import OneOf, Range
from photoai.services.merges import ASPECTS, FITS, TRANSITIONS

from ..merge import LONGEST_TRANSITION_SEC, SHORT_NAMES, SHORTEST_TRANSITION_SEC
from .fields import Colour, quality, said
from .types import VIDEO, Place, TaskType

FEWEST, MOST = 2, 20


class JoinConfigSchema(Schema):
    aspect_ratio = fields.String(
        load_default="16:9", validate=OneOf(ASPECTS), metadata=said("Aspect ratio")
    )
    fit = fields.String(
        load_default="pad",
        validate=OneOf(FITS),
        metadata=said("Fit", "What is done with a clip of another shape."),
    )
    background = Colour("Background", "The colour of the bars.", load_default="#000000")
    transition = fields.String(
        load_default="none",
        validate=OneOf(("none", *TRANSITIONS, *SHORT_NAMES)),
        metadata=said("Transition"),
    )
    transition_sec = fields.Float(
        load_default=1.0,
        validate=Range(SHORTEST_TRANSITION_SEC, LONGEST_TRANSITION_SEC),
        metadata=said("Length of the transition", unit="s"),
    )
    quality = quality()

    @post_load
    def named_in_full(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        name = data["transition"]
        return data | {"transition": SHORT_NAMES.get(name, name)}


TYPE = TaskType(
    title="Join videos",
    description="Puts videos together, one after the other.",
    config=JoinConfigSchema,
    places=(Place("Videos", VIDEO, FEWEST, MOST),),
)
