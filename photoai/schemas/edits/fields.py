"""Fields that several types of task share. Each says what it is called and, where that is not
enough, what it does: forms are made of it, so these are sentences for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from photoai.checks import Length, OneOf, Range
from photoai.errors import Sentence
from photoai.services.merges import QUALITIES

A_DAY_SEC = 86_400
FARTHEST_PX = 20_000
LONGEST_FONT_NAME = 200
ANCHORS = (
    "top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom",
    "bottom-right",
)  # fmt: skip
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
COLOUR_OR_SEEN_THROUGH = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?\Z")
OPAQUE = "ff"
A_COLOUR = Sentence("A colour such as #1e90ff is needed.")
ENDS_BEFORE = Sentence("It has to end after it starts.")
BOTH = Sentence("Both x and y are needed, or neither.")


def said(title: str, description: str = "", *, unit: str = "", format: str = "") -> dict[str, Any]:
    """A field's `metadata`: what a form calls it and explains of it, in what it is counted, and
    what kind of text it is."""
    told = {"title": title, "description": description, "x-unit": unit, "format": format}
    return {name: each for name, each in told.items() if each}


def seconds(title: str, description: str = "", **options: Any) -> fields.Float:
    """A moment or a length; zero unless `load_default` says otherwise."""
    options.setdefault("load_default", 0.0)
    most = options.pop("most", A_DAY_SEC)
    return fields.Float(
        validate=Range(0, most), metadata=said(title, description, unit="s"), **options
    )


def until(title: str, description: str) -> fields.Float:
    """A moment that may be left open."""
    return seconds(title, description, load_default=None, allow_none=True)


def quality() -> fields.String:
    return fields.String(
        load_default="medium",
        validate=OneOf(QUALITIES),
        metadata=said("Quality", "Higher takes longer and gives a larger file."),
    )


def factor(title: str, description: str = "") -> fields.Float:
    return fields.Float(load_default=1.0, validate=Range(0, 10), metadata=said(title, description))


def anchor(title: str, description: str, default: str | None) -> fields.String:
    return fields.String(
        load_default=default,
        allow_none=default is None,
        validate=OneOf(ANCHORS),
        metadata=said(title, description),
    )


def point(title: str, description: str = "") -> fields.Float:
    """A distance from the picture's top left corner, perhaps outside of it."""
    return fields.Float(
        load_default=None,
        allow_none=True,
        validate=Range(-FARTHEST_PX, FARTHEST_PX),
        metadata=said(title, description, unit="px"),
    )


def font() -> fields.String:
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=Length(1, LONGEST_FONT_NAME),
        metadata=said("Font", "A family that is here or among your own files.", format="font"),
    )


class Colour(fields.String):
    """`#rrggbb`, in small letters."""

    def __init__(self, title: str, description: str = "", **options: Any) -> None:
        shape = options.pop("shape", COLOUR)
        super().__init__(
            validate=validate.Regexp(shape, error=A_COLOUR),
            metadata=said(title, description, format="color"),
            **options,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs).lower()


class SeenThrough(Colour):
    """`#rrggbb` or `#rrggbbaa`, kept as the second."""

    def __init__(self, title: str, description: str = "", **options: Any) -> None:
        super().__init__(title, description, shape=COLOUR_OR_SEEN_THROUGH, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return text + OPAQUE if COLOUR.match(text) else text


def check_span(data: Mapping[str, Any]) -> None:
    """Raises ValidationError when `end_sec` is not after `start_sec`."""
    start_sec, end_sec = data.get("start_sec", 0.0), data.get("end_sec")
    if end_sec is not None and end_sec <= start_sec:
        raise ValidationError(ENDS_BEFORE, "end_sec")


def check_point(data: Mapping[str, Any]) -> None:
    """Raises ValidationError when one of `x` and `y` stands alone."""
    if (data.get("x") is None) != (data.get("y") is None):
        raise ValidationError(BOTH, "y" if data.get("y") is None else "x")
