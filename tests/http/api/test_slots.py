"""Slots: how they are found, what they do not take, where their links lead."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.services import Services
from tests.support import photos
from tests.support.booth import BOUNDARY, Part, form

from .common import CHANGE


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=ЁЛКА У", ["slot-007"]),
        ("search=ёлка", ["slot-007", "slot-008"]),
        ("search=SLOT-04", ["slot-040"]),
        ("search=07", ["slot-007"]),
        ("search=%25", []),
        ("search=_", []),
        ("search=ёлка slot", []),
        ("search=ёлка&provider_id=local&operation_id=change_image", ["slot-007", "slot-008"]),
        ("search=ёлка&provider_id=gemini", []),
        ("search=ёлка&provider_id=&operation_id=&colour=red&page=7", ["slot-007", "slot-008"]),
    ],
)
def test_slots_are_found_by_name_and_id_in_any_case(
    serg: FlaskClient, query: str, found: list[str]
) -> None:
    for slot_id, name in (("slot-007", "Ёлка у входа"), ("slot-008", "Фото и ёлка")):
        assert serg.put(f"/api/slots/{slot_id}", json=CHANGE | {"name": name}).status_code == 200
    body = serg.get(f"/api/slots?{query}").get_json()
    assert [slot["id"] for slot in body["data"]] == found
    assert body["meta"] == {"total": len(found)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("name", None),
        ("name", "x" * 201),
        ("provider_id", None),
        ("provider_id", ["local"]),
        ("operation_id", 7),
        ("settings_json", None),
        ("settings_json", "prompt"),
        ("ladder", {}),
        ("ladder", False),
        ("ladder", ""),
        ("client_profile", None),
        ("version", True),
        ("version", 1.5),
        ("version", "1"),
    ],
)
def test_a_value_of_the_wrong_type_is_422_with_its_name(
    serg: FlaskClient, field: str, value: object
) -> None:
    answer = serg.put("/api/slots/slot-007", json=CHANGE | {field: value})
    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [field]


@pytest.mark.parametrize("body", [[], "text", 5, {}])
def test_a_body_that_is_no_slot_is_422(serg: FlaskClient, body: object) -> None:
    assert serg.put("/api/slots/slot-007", json=body).status_code == 422


@pytest.mark.parametrize("key", ["prompt", "output", "surprise"])
def test_settings_nested_without_end_are_422(serg: FlaskClient, key: str) -> None:
    nested: Any = 1
    for _ in range(900):
        nested = {"a": nested}
    answer = serg.put("/api/slots/slot-007", json=CHANGE | {"settings_json": {key: nested}})
    assert answer.status_code == 422


FRAME = {"provider_id": "local", "operation_id": "frame", "settings_json": {}}


@pytest.mark.parametrize(
    ("ladder", "code", "path"),
    [
        ([FRAME | {"from_sec": 45.5}], "settings_invalid", "ladder.0.from_sec"),
        ([FRAME | {"provider_id": "turbotext"}], "settings_invalid", "ladder.0.operation_id"),
        ([FRAME | {"settings_json": {"a": 1}}], "settings_invalid", "ladder.0.settings_json.a"),
        ([FRAME, FRAME], "rung_says_nothing_new", "ladder.1.provider_id"),
        ([CHANGE], "invalid", "ladder.0.name"),
        ([FRAME] * 5, "invalid", "ladder"),
        ([FRAME | {"from_sec": 0}], "invalid", "ladder.0.from_sec"),
        ([{}], "invalid", "ladder.0.operation_id"),
    ],
)
def test_a_ladder_that_cannot_work_is_422_with_its_place(
    serg: FlaskClient, ladder: list[dict[str, Any]], code: str, path: str
) -> None:
    answer = serg.put("/api/slots/slot-007", json=CHANGE | {"ladder": ladder})
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, code)
    assert next(iter(error["details"])) in (path, "ladder")


def test_a_ladder_that_is_not_named_stays(serg: FlaskClient) -> None:
    ladder = [FRAME | {"from_sec": 40}]
    for update in (CHANGE | {"ladder": ladder}, CHANGE):
        assert serg.put("/api/slots/slot-007", json=update).status_code == 200
        (rung,) = serg.get("/api/slots/slot-007").get_json()["ladder"]
        assert rung["from_sec"] == 40
    assert serg.delete("/api/slots/slot-007/settings").status_code == 204
    assert serg.get("/api/slots/slot-007").get_json()["ladder"] is None


@pytest.mark.parametrize("ladder", [None, []])
def test_no_ladder_is_the_provider_alone(serg: FlaskClient, ladder: object) -> None:
    assert serg.put("/api/slots/slot-007", json=CHANGE | {"ladder": ladder}).status_code == 200
    assert serg.get("/api/slots/slot-007").get_json()["ladder"] is None


@pytest.mark.parametrize("version", [2, 0, -1, 10**40])
def test_a_version_that_is_not_the_slots_is_409_and_changes_nothing(
    serg: FlaskClient, version: int
) -> None:
    answer = serg.put("/api/slots/slot-007", json=CHANGE | {"version": version})
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (409, "slot_changed")
    assert error["details"] == {"version": 1}
    assert serg.get("/api/slots/slot-007").get_json()["is_configured"] is False


def test_links_lead_to_the_address_the_server_is_known_by(
    app: Flask, config: Config, serg: FlaskClient
) -> None:
    known = create_app(dataclasses.replace(config, public_base_url="https://booth.example/"))
    try:
        headers = {"Authorization": serg.environ_base["HTTP_AUTHORIZATION"]}
        slots = known.test_client().get("/api/slots", headers=headers).get_json()["data"]
        links = [slot["ingest_url"] for slot in slots]
        assert links == [f"https://booth.example/ingest/slot-{n:03}" for n in range(1, 41)]
    finally:
        services_of(known).shut_down()


def test_every_alias_leads_to_the_slot_and_a_slot_made_free_takes_nothing(
    app: Flask, serg: FlaskClient, config: Config, services: Services
) -> None:
    assert serg.put("/api/slots/slot-007", json=CHANGE).status_code == 200
    for link in ("slot-007", "gemini-007", "Turbotext-nano.banana_2-007"):
        assert code_of(send(app, config, link, b"")) == "file_empty"
    assert serg.delete("/api/slots/slot-007/settings").status_code == 204
    for link in ("slot-007", "gemini-007"):
        refused = send(app, config, link)
        assert (refused.status_code, code_of(refused)) == (409, "slot_not_configured")
    for link in ("gemini-7", "gemini-041", "007", "-007", "gemini_007"):
        assert send(app, config, link).status_code == 404


def send(app: Flask, config: Config, link: str, photo: bytes = photos.jpeg()) -> TestResponse:
    credentials = json.loads(Path(config.credentials_file).read_text())
    password = str(credentials["serg"]["ingest_password"]).encode()
    body = form([Part("password", password), Part("fileToUpload", photo, "DSC_0001.JPG")])
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return app.test_client().post(f"/ingest/{link}", data=body, content_type=kind)


def code_of(answer: TestResponse) -> str:
    return str(answer.get_json()["error"]["code"])
