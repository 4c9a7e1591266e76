"""A form's fields from a JSON schema, and the settings a form brings back."""

from __future__ import annotations

from typing import Any

import pytest

from photoai.blueprints.pages.fields import fields_of, label_of, settings_from
from photoai.config import ROOT
from photoai.services.catalogue import Catalogue

SCHEMA: dict[str, Any] = {
    "required": ["prompt"],
    "properties": {
        "output": {
            "type": "object",
            "properties": {"quality": {"type": "integer", "minimum": 1, "maximum": 100}},
        },
        "reference_media_id": {"type": "string", "format": "uuid"},
        "prompt": {"type": "string", "maxLength": 2000},
        "language": {"type": "string", "maxLength": 5},
        "strength": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295},
        "mode": {"type": "string", "enum": ["a", "b"]},
        "landmarks": {"type": "boolean", "default": True},
    },
}


def kinds(values: dict[str, Any]) -> dict[str, Any]:
    return {each.path: each for each in fields_of(SCHEMA, values)}


def test_each_kind_of_value_gets_the_input_that_fits() -> None:
    found = {path: each.kind for path, each in kinds({}).items()}
    assert found == {
        "prompt": "text", "language": "line", "strength": "slider", "seed": "number",
        "mode": "choice", "landmarks": "toggle", "reference_media_id": "media", "output": "group",
    }  # fmt: skip
    assert list(found)[-2:] == ["reference_media_id", "output"], "images and groups come last"


def test_fields_show_what_is_saved_and_the_default_where_nothing_is() -> None:
    found = kinds({"strength": 0.2, "output": {"quality": 80}})
    assert found["strength"].value == 0.2
    assert found["landmarks"].value is True
    assert found["seed"].value is None
    assert found["output"].inner[0].value == 80
    assert kinds({"landmarks": False})["landmarks"].value is False


def test_a_form_brings_back_what_json_would_say() -> None:
    form = {
        "prompt": "  a prompt ", "strength": "0,25", "seed": "7", "mode": "", "language": "",
        "landmarks.there": "1", "output.quality": "80", "unknown": "x",
    }  # fmt: skip
    assert settings_from(SCHEMA, form) == {
        "prompt": "  a prompt ", "strength": 0.25, "seed": 7, "landmarks": False,
        "output": {"quality": 80},
    }  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), [("many", "many"), ("1.5", "1.5"), ("١٢", 12)])
def test_what_is_no_number_is_left_for_the_schema_to_refuse(given: str, kept: object) -> None:
    assert settings_from(SCHEMA, {"seed": given}) == {"seed": kept}


def test_a_label_is_the_title_or_the_name_as_words() -> None:
    assert label_of("max_side_px", {}) == "Max side px"
    assert label_of("reference_media_id", {}) == "Reference image"
    assert label_of("x", {"title": "How much"}) == "How much"


def test_every_operation_of_the_catalogue_makes_a_form_that_brings_its_defaults_back() -> None:
    catalogue = Catalogue.load(ROOT / "configs" / "providers.json")
    for provider in catalogue.providers.values():
        for operation_id in provider.operations:
            schema = catalogue.schema(provider.id, operation_id)
            offered = _typed(fields_of(schema, {}))
            again = fields_of(schema, settings_from(schema, dict(offered)))
            assert _typed(again) == offered, (provider.id, operation_id)


def _typed(fields: list[Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in fields:
        if each.kind == "group":
            found += _typed(each.inner)
        elif each.kind == "toggle":
            found += [(each.path + ".there", "1")] + ([(each.path, "1")] if each.value else [])
        elif each.value is not None:
            is_number = each.type in {"integer", "number"}
            found.append((each.path, f"{each.value:g}" if is_number else str(each.value)))
    return found
