"""What a client sends to have something made of its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, post_load

from photoai.checks import OneOf
from photoai.errors import Sentence
from photoai.services.edits import EditOrder, Operation

from ..wishes import WishFieldsSchema
from .reading import FileIds, read_config
from .table import TYPES
from .types import Place, kinds_at

FILES = "input_files"
ONE_OR_THE_OTHER = Sentence("A file or {field} are needed, and never both.")
SO_MANY = Sentence("Files needed: {count}.")
FROM_TO = Sentence("Files needed: from {min} to {max}.")


class TaskOrderSchema(WishFieldsSchema):
    type = fields.String(required=True, validate=OneOf(TYPES))
    input_files = FileIds(load_default=list)
    config = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "As GET /api/v1/tasks/types describes it for the type."},
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> EditOrder:
        kind = data["type"]
        config = read_config(TYPES[kind].config, data["config"])
        order = EditOrder(kind, tuple(data[FILES]), config)
        takes = [
            each
            for index, operation in enumerate(order.operations)
            for each in _taken(order, index, operation)
        ]
        return EditOrder(kind, order.input_files, config, tuple(takes))


def _taken(order: EditOrder, index: int, operation: Operation) -> Sequence[tuple[str, ...]]:
    """The kinds that will do for each file of an operation. Raises ValidationError."""
    kind = TYPES[operation.type]
    places = kind.places_beside if index else kind.places
    count = len(operation.input_files)
    if wrong := _miscounted(places, operation, count):
        raise ValidationError(_located(order, index, wrong))
    return list(kinds_at(places, count))


def _miscounted(places: Sequence[Place], operation: Operation, count: int) -> Sentence | None:
    for place in places:
        if place.unless:
            needed = sum(each.most for each in places if each is not place)
            there = count > needed
            if there == bool(operation.config.get(place.unless)):
                return ONE_OR_THE_OTHER.filled(field=place.unless)
    least, most = (sum(getattr(each, end) for each in places) for end in ("least", "most"))
    if least <= count <= most:
        return None
    return SO_MANY.filled(count=most) if least == most else FROM_TO.filled(min=least, max=most)


def _located(order: EditOrder, index: int, wrong: Sentence) -> dict[str, Any]:
    found: dict[str, Any] = {FILES: [wrong]}
    if not order.is_combined or (index == 0 and order.input_files):
        return found
    return {"config": {"operations": {index: found}}}
