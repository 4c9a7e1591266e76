"""Every sentence that may stand in a refusal's details is there in Russian, with its values."""

from __future__ import annotations

import ast
import copy
import importlib
import json
import pickle
import pkgutil
import string
from collections.abc import Iterator

import pytest
from babel.messages.extract import extract_from_dir
from flask import Flask
from flask.ctx import RequestContext
from jsonschema import Draft202012Validator, FormatChecker
from marshmallow import Schema, fields, validate

from photoai import checks, schemas
from photoai.blueprints.errors import said
from photoai.config import ROOT
from photoai.errors import Sentence
from photoai.schemas.shared import Choice, UtcMoment
from photoai.services import faults
from photoai.services.catalogue import Catalogue

from .test_translations import PACKAGE, catalogue, untranslated

# What webargs says of a body that is no JSON.
NO_JSON = "Invalid JSON body."
# No request holds one: their sentences with values are never said.
ANSWERED_ONLY = (UtcMoment, fields.Date)
WITH_VALUES = (checks.Length, checks.OneOf, checks.Range)
SENTENCES = (".", "!", "?")
# Those that refuse; what is below complains at a terminal.
LAYERS = ("services", "schemas", "blueprints")


def written() -> set[object]:
    """Every template that the sources make a Sentence."""
    found = extract_from_dir(PACKAGE, [("**.py", "python")], keywords={"Sentence": None})
    return {message for _, _, message, _, _ in found}


def every_schema() -> Iterator[type[Schema]]:
    for module in pkgutil.walk_packages(schemas.__path__, "photoai.schemas."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, Schema) and kind is not Schema:
                yield kind


def every_field() -> Iterator[fields.Field]:
    for kind in every_schema():
        for each in kind().fields.values():
            yield from _within(each)


def _within(field: fields.Field) -> Iterator[fields.Field]:
    yield field
    for name in ("inner", "key_field", "value_field"):
        if (inner := getattr(field, name, None)) is not None:
            yield from _within(inner)


def every_validator() -> Iterator[object]:
    for field in every_field():
        todo = list(field.validators)
        while todo:
            each = todo.pop()
            todo += each.validators if isinstance(each, validate.And) else ()
            yield each


def of_fields() -> set[object]:
    asked = [each for each in every_field() if not isinstance(each, ANSWERED_ONLY)]
    return {told for each in asked for told in each.error_messages.values()}


def of_validators() -> set[object]:
    names = ("error", "message_min", "message_max", "message_all", "message_equal")
    return {getattr(each, name, None) for each in every_validator() for name in names} - {None}


def of_schemas() -> set[object]:
    return {told for kind in every_schema() for told in kind().error_messages.values()}


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def everything() -> set[object]:
    return written() | of_fields() | of_validators() | of_schemas() | {NO_JSON}


def test_the_sentences_are_found() -> None:
    assert {
        "An upper case letter, a lower case letter and a digit are needed.",
        "A key has no spaces inside and Latin letters only.",
        "Must be one of: {limit}.",
        "Length must be between {min} and {max}.",
        "Must be one of: {choices}.",
        "Missing data for required field.",
        "Unknown field.",
    } <= everything()


def test_every_sentence_of_details_is_translated() -> None:
    assert untranslated(everything()) == []


def test_a_translation_takes_the_values_its_sentence_has() -> None:
    known = catalogue()
    wrong = []
    for each in map(str, everything()):
        message = known.get(each)
        if message is None or placeholders(str(message.string)) != placeholders(each):
            wrong.append(each)
    assert wrong == []


def test_what_holds_values_is_said_by_ours() -> None:
    """Marshmallow's own fill them in before anybody can translate."""
    for field in every_field():
        holds = any("{" in str(told) for told in field.error_messages.values())
        assert not holds or isinstance(field, (Choice, *ANSWERED_ONLY)), field
    for each in every_validator():
        ready = (validate.And, validate.Email, validate.Regexp)
        known = isinstance(each, (*WITH_VALUES, *ready)) or not isinstance(each, validate.Validator)
        assert (known and "{" not in str(getattr(each, "error", ""))) or type(each) in WITH_VALUES


def test_no_sentence_echoes_what_was_sent() -> None:
    held = {name for each in everything() for name in placeholders(str(each))}
    assert not held & {"input", "value"}


def test_no_source_puts_plain_words_into_details() -> None:
    plain = []
    for path in (path for layer in LAYERS for path in (PACKAGE / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            told = node.elts if isinstance(node, ast.List) else ()
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValidationError":
                told = node.args
            plain += [f"{path.name}:{each.lineno}" for each in told if _is_a_sentence(each)]
    assert plain == []


def _is_a_sentence(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        node = node.values[-1]
    text = node.value if isinstance(node, ast.Constant) else ""
    return isinstance(text, str) and " " in text and text.endswith(SENTENCES)


def test_the_catalogues_schemas_fail_in_words_of_their_own() -> None:
    """No rule of theirs is left to the sentence that says nothing."""
    shipped = Catalogue.load(ROOT / "configs" / "providers.json")
    said_by = set(faults.RULES) | {"type", "properties"}
    schema_words = set(Draft202012Validator.VALIDATORS) - {"$ref", "$dynamicRef"}
    for provider in shipped.providers.values():
        for operation_id in provider.operations:
            for keyword, value in _rules(shipped.schema(provider.id, operation_id)):
                assert keyword not in schema_words - said_by, keyword
                assert keyword != "type" or value in faults.TYPES, value


def _rules(schema: dict[str, object]) -> Iterator[tuple[str, object]]:
    yield from schema.items()
    inner = schema.get("properties", {})
    assert isinstance(inner, dict)
    for each in inner.values():
        yield from _rules(each)


@pytest.mark.parametrize(
    ("rule", "value", "told"),
    [
        ({"type": "number"}, "abc", "A number is needed."),
        ({"type": ["string", "null"]}, 5, "This value does not fit."),
        ({"enum": ["a", 2]}, "secret", "Must be one of: a, 2."),
        ({"maximum": 100}, 4711, "Must be less than or equal to 100."),
        ({"minimum": 0.5}, -4711, "Must be greater than or equal to 0.5."),
        ({"exclusiveMinimum": 0}, 0, "Must be greater than 0."),
        ({"maxLength": 3}, "secret", "Too many characters: the most is 3."),
        ({"minLength": 1}, "", "Too few characters: the least is 1."),
        ({"pattern": "^[a-z]{2}$"}, "secret", "Does not match the pattern ^[a-z]{2}$."),
        ({"format": "uuid"}, "secret", "The id of a registered image is needed."),
        ({"format": "date"}, "secret", "Not in the form date."),
        ({"not": {"const": 4711}}, 4711, "This value does not fit."),
    ],
)
def test_settings_are_told_what_would_be_right(rule: object, value: object, told: str) -> None:
    schema = {"type": "object", "properties": {"here": rule}}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    assert faults.by_path(validator.iter_errors({"here": value})) == {"settings_json.here": [told]}


def test_each_missing_or_unknown_setting_is_named_once() -> None:
    schema = {"required": ["a", "b"], "additionalProperties": False, "properties": {"a": {}}}
    found = faults.by_path(Draft202012Validator(schema).iter_errors({"c": 1, "d": 2}))
    missing, unknown = ["Missing data for required field."], ["Unknown field."]
    assert found == {
        "settings_json.a": missing, "settings_json.b": missing,
        "settings_json.c": unknown, "settings_json.d": unknown,
    }  # fmt: skip


def test_a_sentence_is_english_text_and_keeps_its_template() -> None:
    told = Sentence("At most {most} bytes.", most=64)
    assert told == "At most 64 bytes."
    assert json.dumps([told]) == '["At most 64 bytes."]'
    for same in (told, copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert (same, same.template, same.values) == (told, "At most {most} bytes.", {"most": 64})
    assert Sentence("{braces}") == "{braces}"


def test_details_keep_their_shape_in_any_language(app: Flask) -> None:
    most = Sentence("At most {most} bytes.", most=5)
    details = {
        "a": {"b": [most, "Unknown field."]},
        "c": ["ids", 7, None],
        "d": "scheme",
        "e": most,
    }
    with _asking(app, "en"):
        assert said(details) == details
    with _asking(app, "ru"):
        words = "Не больше 5 байт."
        unknown = "Такого поля здесь нет."
        assert said(details) == details | {"a": {"b": [words, unknown]}, "e": words}
        assert said(["", "At most 5 bytes."]) == ["", "At most 5 bytes."]


def _asking(app: Flask, language: str) -> RequestContext:
    return app.test_request_context(headers={"Accept-Language": language})
