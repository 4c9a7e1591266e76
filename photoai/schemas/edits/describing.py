"""The types of task in JSON Schema, as clients and the Studio's forms are told of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema

from .cues import CUES_SHAPE
from .table import INSIDE, TYPES
from .types import TaskType

SAID = ("title", "description")
# What a schema says of text is Python's regular expression; JSON Schema knows another language.
END, END_IN_JSON = r"\Z", "$"
DRAFT = "3.1.0"  # of OpenAPI, whose schemas are JSON Schema 2020-12

Json = dict[str, Any]


def described(translate: Callable[[str], str]) -> list[Json]:
    """Every type, in the order of the table; `translate` gives its sentences to people."""
    return [_translated(_told(name, kind), translate) for name, kind in TYPES.items()]


def every_label() -> Iterator[str]:
    """All that is said to people, in English."""
    for name, kind in TYPES.items():
        yield from _sentences(_told(name, kind))


def _told(name: str, kind: TaskType) -> Json:
    return {
        "type": name,
        "title": kind.title,
        "description": kind.description,
        "combines": name in INSIDE,
        "inputs": [
            {
                "title": place.title,
                "kinds": [each.value for each in place.kinds],
                "least": place.least,
                "most": place.most,
                "unless": place.unless,
            }
            for place in kind.places
        ],
        "config": json_schema(kind.config),
    }


@functools.cache
def json_schema(kind: type[Schema]) -> Json:
    """JSON Schema 2020-12 of a config; what it nests stands inside of it."""
    converter = OpenAPIConverter(DRAFT, lambda schema: None, APISpec("", "", DRAFT))
    found: Json = _in_json(converter.schema2jsonschema(kind()))
    if "cues" in found["properties"]:
        found["properties"]["cues"] |= CUES_SHAPE
    return {"type": "object", "properties": {}} | found


def _in_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        told = {name: _in_json(each) for name, each in value.items()}
        if isinstance(pattern := told.get("pattern"), str):
            told["pattern"] = "^" + pattern.replace(END, END_IN_JSON)
        return told
    return [_in_json(each) for each in value] if isinstance(value, list | tuple) else value


def _translated(value: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {
            name: translate(each)
            if name in SAID and isinstance(each, str)
            else _translated(each, translate)
            for name, each in value.items()
        }
    return [_translated(each, translate) for each in value] if isinstance(value, list) else value


def _sentences(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in SAID and isinstance(each, str):
                yield each
            yield from _sentences(each)
    elif isinstance(value, list):
        for each in value:
            yield from _sentences(each)
