"""Configs and lists of files, read."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from photoai.checks import Length

LONGEST_ID, MOST_FILES = 100, 200
OF_THE_WHOLE = "quality"


class FileIds(fields.List):
    """Ids of the caller's files, in order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            fields.String(validate=Length(1, LONGEST_ID)),
            validate=Length(max=MOST_FILES),
            **options,
        )


def read_config(
    kind: type[Schema], given: Mapping[str, Any], *, inside: bool = False
) -> dict[str, Any]:
    """A config, checked and complete; `inside` a combined one it has no quality of its own.

    Raises:
        ValidationError: what is wrong with it, under `config`.
    """
    try:
        read: dict[str, Any] = reader(kind, inside).load(given)
    except ValidationError as error:
        raise ValidationError({"config": error.normalized_messages()}) from None
    return read


@functools.cache
def reader(kind: type[Schema], inside: bool) -> Schema:
    """Made once: that takes longer than reading."""
    return kind(exclude=(OF_THE_WHOLE,) if inside else ())
