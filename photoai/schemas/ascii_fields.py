"""Fields of a form: text, as people and programs write numbers and yes and no; where the same
settings come as JSON, numbers and booleans as they are."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from photoai.checks import Range
from photoai.errors import Sentence

# Not all that Python takes: no underscores, no digits of other scripts, no infinity.
WHOLE = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})(?:[eE][+-]?[0-9]{1,2})?")
YES, NO = {"true", "1", "yes", "on", "y", "t"}, {"false", "0", "no", "off", "n", "f"}
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
A_COLOUR = Sentence("A colour such as #1e90ff is needed.")
Field = fields.Field[Any]


class WholeNumber(fields.Integer):
    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(strict=True, validate=Range(least, most), **options)

    def _validated(self, value: Any) -> int:
        if isinstance(value, str):
            if not WHOLE.fullmatch(value.strip()):
                raise self.make_error("invalid")
            return int(value)
        if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
            raise self.make_error("invalid")
        return super()._validated(value)


class Number(fields.Float):
    def __init__(self, least: float, most: float, **options: Any) -> None:
        super().__init__(validate=Range(least, most), **options)

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool) or (
            isinstance(value, str) and not NUMBER.fullmatch(value.strip())
        ):
            raise self.make_error("invalid")
        return super()._validated(value)


class YesOrNo(fields.Boolean):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        said = value.strip().lower() if isinstance(value, str) else value
        if said is True or (isinstance(said, str) and said in YES):
            return True
        if said is False or (isinstance(said, str) and said in NO):
            return False
        raise self.make_error("invalid", input=value)


class Colour(fields.String):
    """`#rrggbb`, in small letters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Regexp(COLOUR, error=A_COLOUR), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs).lower()


def described(known: Mapping[str, Field], hints: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The fields as properties of a form (JSON Schema 2020-12), in their order; `hints` are what
    the fields do not know of themselves."""
    return {
        field.data_key or name: {**_property(field), **hints.get(name, {})}
        for name, field in known.items()
    }


def _property(field: Field) -> dict[str, Any]:
    made: dict[str, Any] = {"type": _type(field)}
    for rule in field.validators:
        if isinstance(rule, validate.Range):
            made |= {"minimum": rule.min, "maximum": rule.max}
        elif isinstance(rule, validate.OneOf):
            made["enum"] = list(rule.choices)
        elif isinstance(rule, validate.Regexp):
            made["pattern"] = str(rule.regex.pattern).replace("\\Z", "$")
    if field.load_default is not None and field.load_default is not missing:
        made["default"] = field.load_default
    return made


def _type(field: Field) -> str:
    kinds = {fields.Boolean: "boolean", fields.Integer: "integer", fields.Float: "number"}
    return next((name for kind, name in kinds.items() if isinstance(field, kind)), "string")


def refuse(field: str, sentence: Sentence) -> ValidationError:
    """What is said of one field after all have been read."""
    return ValidationError(sentence, field)
