"""A model's answer read as strictly as a stranger's: found in whatever stands around it, checked
against the shape, its strings kept strings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from .prompt import KEYS, Wish

MOST_CHARACTERS = 1_000_000
# Braces of the prose around the answer that are tried as its beginning.
MOST_BEGINNINGS, LONGEST_PROSE_IN_BRACES = 20, 60
# What no database and no page takes: controls, halves of a pair.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
LINE, PARAGRAPH, WHOLE = 500, 4_000, 60_000


class Unusable(Exception):
    """An answer that has to be given again; `problems` name what and where."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Text(fields.String):
    """A string of a bounded length, without what cannot be kept or shown."""

    def __init__(self, most: int, *, at_least: int = 0) -> None:
        super().__init__(required=True, validate=validate.Length(at_least, most))

    def _deserialize(self, value: Any, *args: Any, **facts: Any) -> str:
        return UNFIT.sub("", str(super()._deserialize(value, *args, **facts))).strip()


class _Seconds(fields.Float):
    def __init__(self) -> None:
        super().__init__(required=True, allow_nan=False)

    def _deserialize(self, value: Any, *args: Any, **facts: Any) -> Any:
        if isinstance(value, bool | str):
            raise self.make_error("invalid")
        return super()._deserialize(value, *args, **facts)


class _Part(Schema):
    class Meta:
        unknown = EXCLUDE


def _listed(part: type[Schema], at_least: int, at_most: int) -> fields.List:
    exactly = at_least == at_most
    length = validate.Length(equal=at_most) if exactly else validate.Length(at_least, at_most)
    return fields.List(fields.Nested(part), required=True, validate=length)


class _Original(_Part):
    language = _Text(35)
    transcription = _Text(WHOLE)
    translation = _Text(WHOLE)


class _Segment(_Part):
    start_sec = _Seconds()
    end_sec = _Seconds()
    text = _Text(PARAGRAPH)
    translation = _Text(PARAGRAPH)


class _Key(_Part):
    title = _Text(LINE, at_least=1)
    description = _Text(PARAGRAPH, at_least=1)


class _Step(_Part):
    time = _Text(LINE)
    visual = _Text(PARAGRAPH)
    text = _Text(PARAGRAPH)
    note = _Text(PARAGRAPH)


class _Variant(_Part):
    title = _Text(LINE, at_least=1)
    script = _listed(_Step, 1, 100)


class _Recommendation(_Part):
    category = _Text(LINE)
    text = _Text(PARAGRAPH, at_least=1)


class _Hook(_Part):
    text = _Text(PARAGRAPH)
    why = _Text(PARAGRAPH)
    end_sec = _Seconds()


class _Shot(_Part):
    index = fields.Integer(required=True, strict=True)
    description = _Text(PARAGRAPH)


class _Answer(_Part):
    original = fields.Nested(_Original, required=True)
    segments = _listed(_Segment, 0, 2_000)
    keys = _listed(_Key, KEYS, KEYS)
    script = _listed(_Step, 1, 100)
    recommendations = _listed(_Recommendation, 1, 50)
    hook = fields.Nested(_Hook, required=True)
    shots = _listed(_Shot, 0, 1_000)


def read(text: str, wish: Wish) -> dict[str, Any]:
    """The answer in `text`, `variants` an empty list when one script was wished.

    Raises:
        Unusable: what is wrong with it.
    """
    if len(text) > MOST_CHARACTERS:
        raise Unusable(f"the answer is longer than {MOST_CHARACTERS} characters")
    shape = _shape(wish)
    try:
        answer: dict[str, Any] = shape.load(_found(text))
    except ValidationError as error:
        raise Unusable(*_lines(error.messages)) from None
    return {"variants": [], **answer}


def _shape(wish: Wish) -> Schema:
    if wish.variants == 1:
        return _Answer()
    more = wish.variants - 1
    return _Answer.from_dict({"variants": _listed(_Variant, more, more)})()


def _found(text: str) -> dict[str, Any]:
    """The first JSON object with an analysis in it, whatever fences and prose surround it."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    other: dict[str, Any] | None = None
    at = text.find("{")
    for _ in range(MOST_BEGINNINGS):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(text, at)
        except RecursionError:
            raise Unusable("the JSON is nested too deeply") from None
        except json.JSONDecodeError as error:
            if error.pos - at > LONGEST_PROSE_IN_BRACES:
                where = f"character {error.pos - at} of {len(text) - at}"
                raise Unusable(f"the JSON breaks at {where}: {error.msg}") from None
            end = at + 1
        except ValueError as error:
            raise Unusable(f"the JSON cannot be read: {str(error)[:200]}") from None
        else:
            if "original" in value or "keys" in value:
                return dict(value)
            other = other or value
        at = text.find("{", end)
    if other is None:
        raise Unusable("there is no complete JSON object in the answer")
    return other


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _lines(messages: Any, path: str = "") -> Iterator[str]:
    """`keys.2.title: Missing data …`, one for each."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _lines(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(messages, list):
        yield f"{path}: {' '.join(map(str, messages))}"
    else:
        yield f"{path}: {messages}"
