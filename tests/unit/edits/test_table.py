"""The types of task as clients see them are those the work knows, and their words fit both."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from photoai.schemas.edits import INSIDE, TYPES, describing
from photoai.services.edits import KINDS
from photoai.services.video.captions import FontBook
from photoai.services.video.editing import EDITS

# The least a config needs.
NEEDED: dict[str, dict[str, Any]] = {
    "text_overlay": {"texts": [{"content": "Hello"}]},
    "combined": {"operations": [{"type": "trim"}]},
}


def test_both_tables_have_the_same_types() -> None:
    assert set(INSIDE) == set(EDITS)
    assert set(TYPES) == set(KINDS)


@pytest.mark.parametrize("kind", EDITS)
def test_the_work_takes_what_a_schema_hands_on(kind: str) -> None:
    config = INSIDE[kind].config(exclude=["quality"]).load(NEEDED.get(kind, {}))
    assert callable(EDITS[kind](config, FontBook()).upon)


def test_every_config_is_described_as_json_schema_knows_it() -> None:
    for told in describing.described(str):
        schema = told["config"]
        Draft202012Validator.check_schema(schema)
        given = NEEDED.get(told["type"], {})
        filled = TYPES[told["type"]].config().load(given)
        wrong = list(Draft202012Validator(schema).iter_errors(given))
        assert not wrong, (told["type"], wrong)
        assert set(schema["properties"]) <= set(filled)
        for name, field in schema["properties"].items():
            assert field["title"], name
            assert field.get("default", filled[name]) == filled[name], name


def test_what_a_schema_refuses_its_description_refuses_too() -> None:
    schemas = {told["type"]: told["config"] for told in describing.described(str)}
    refused = {
        "video_overlay": [{"opacity": 7}, {"chroma_key": {"color": "green"}}, {"surprise": 1}],
        "trim": [{"start_sec": -1}],
        "thumbnail": [{"width": 9}, {"format": "gif"}],
        "join": [{"background": "#12345"}, {"transition_sec": 0}],
        "combined": [{"operations": [{"type": "trim"}] * 51}, {"operations": [{"type": "probe"}]}],
        "subtitles": [{"language": "english"}, {"cues": []}],
    }
    for kind, configs in refused.items():
        for config in configs:
            assert TYPES[kind].config().validate(config), (kind, config)
            assert not Draft202012Validator(schemas[kind]).is_valid(config), (kind, config)
