"""A slot's history: every save is a version, and each of them can be had again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.db import Database
from photoai.errors import SlotChanged
from photoai.services import Services
from photoai.services.slot_versions import MOST_VERSIONS, changes
from photoai.services.slots import SLOT_IDS, SlotUpdate

from .common import CHANGE

SLOT = "/api/slots/slot-005"


def save(client: FlaskClient, prompt: str, **more: Any) -> int:
    wanted = CHANGE | {"settings_json": {"prompt": prompt}} | more
    saved = client.put(SLOT, json=wanted)
    assert saved.status_code == 200, saved.get_json()
    return int(saved.get_json()["version"])


def history(client: FlaskClient) -> list[dict[str, Any]]:
    body = client.get(f"{SLOT}/history").get_json()
    assert body["meta"] == {"total": len(body["data"])}
    return list(body["data"])


def restore(client: FlaskClient, number: int, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{SLOT}/history/{number}/restore", json=body)
    return answer.status_code, answer.get_json()


@pytest.mark.slow
def test_a_slot_nobody_has_saved_has_one_version(serg: FlaskClient) -> None:
    (only,) = history(serg)
    assert (only["version"], only["present"], only["saved_by"]) == (1, True, "")
    assert (only["provider_id"], only["changes"], only["restored_from"]) == (None, None, None)


def test_each_save_says_who_when_and_what(serg: FlaskClient) -> None:
    frame = {"provider_id": "local", "operation_id": "frame", "settings_json": {}}
    save(serg, "vivid")
    version = save(serg, "sepia", ladder=[frame])
    newest, _, oldest = history(serg)
    assert (newest["version"], newest["present"], newest["saved_by"]) == (version, True, "serg")
    told = {each["path"]: (each["before"], each["after"]) for each in newest["changes"]}
    assert told["settings_json.prompt"] == ("vivid", "sepia")
    assert told["ladder.0.operation_id"] == (None, "frame")
    assert {path.split(".")[0] for path in told} == {"settings_json", "ladder"}
    assert oldest["provider_id"] is None
    assert serg.get(f"{SLOT}/history/{version}").get_json() == newest


def test_an_old_version_comes_back_as_a_new_one(serg: FlaskClient) -> None:
    first = save(serg, "vivid", name="Entrance")
    second = save(serg, "sepia")
    status, body = restore(serg, first, version=second)
    assert (status, body["version"], body["notes"]) == (200, second + 1, [])
    now = serg.get(SLOT).get_json()
    assert (now["settings_json"]["prompt"], now["name"]) == ("vivid", "Entrance")
    newest = history(serg)[0]
    assert (newest["restored_from"], newest["saved_by"]) == (first, "serg")


@pytest.mark.slow
def test_a_slot_that_was_free_becomes_free_again(serg: FlaskClient) -> None:
    saved = save(serg, "vivid")
    assert restore(serg, saved - 1)[0] == 200
    assert serg.get(SLOT).get_json()["is_configured"] is False
    serg.delete(f"{SLOT}/settings")
    assert restore(serg, saved)[0] == 200
    assert serg.get(SLOT).get_json()["settings_json"]["prompt"] == "vivid"


@pytest.mark.slow
def test_what_was_saved_meanwhile_is_not_lost(serg: FlaskClient) -> None:
    first = save(serg, "vivid")
    second = save(serg, "sepia")
    status, body = restore(serg, first, version=first)
    assert (status, body["error"]["code"]) == (409, "slot_changed")
    assert body["error"]["details"] == {"version": second}
    assert serg.get(SLOT).get_json()["version"] == second


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0", "99", "99999999999999999999999"])
def test_a_version_that_is_not_there_is_said(serg: FlaskClient, version: str) -> None:
    for answer in (
        serg.get(f"{SLOT}/history/{version}"),
        serg.post(f"{SLOT}/history/{version}/restore"),
    ):
        assert answer.get_json()["error"]["code"] == "slot_version_unknown"


@pytest.mark.slow
def test_a_provider_without_a_key_is_said_and_one_that_is_gone_refused(
    serg: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = save(serg, "a poster", provider_id="gemini")
    save(serg, "vivid")
    status, body = restore(serg, version)
    assert (status, body["notes"]) == (200, ["У «Gemini» ещё нет ключа."])
    known = {id_: entry for id_, entry in services.catalogue.providers.items() if id_ != "gemini"}
    monkeypatch.setattr(services.catalogue, "providers", known)
    save(serg, "vivid")
    status, body = restore(serg, version)
    assert (status, body["error"]["code"]) == (422, "settings_invalid")
    assert body["error"]["details"] == {"provider_id": ["Такого провайдера нет."]}


@pytest.mark.slow
def test_the_last_fifty_are_kept(services: Services) -> None:
    (serg,) = (
        each for each in services.operators.sync(services._credentials) if each.username == "serg"
    )
    update = SlotUpdate("", "local", "change_image", {"prompt": "vivid"})
    for _ in range(MOST_VERSIONS + 3):
        last = services.slots.save(serg, SLOT_IDS[4], update).version
    kept = [each.version for each in services.slot_history.listed(serg, SLOT_IDS[4])]
    assert kept == list(range(last, last - MOST_VERSIONS, -1))


@pytest.mark.slow
def test_nobody_sees_anothers_history(cast: Mapping[str, FlaskClient]) -> None:
    save(cast["serg"], "vivid")
    assert len(history(cast["igor"])) == 1
    assert restore(cast["igor"], 2)[0] == 404


@pytest.mark.slow
def test_of_many_who_restore_at_once_one_does(
    database: Database, database_url: str, config: Config
) -> None:
    app: Flask = create_app(dataclasses.replace(config, database_url=database_url))
    services = services_of(app)
    try:
        services.prepare()
        (serg,) = (
            each
            for each in services.operators.sync(services._credentials)
            if each.username == "serg"
        )
        old = services.slots.get(serg, "slot-001").version
        update = SlotUpdate("", "local", "change_image", {"prompt": "sepia"})
        present = services.slots.save(serg, "slot-001", update).version

        def attempt(_: int) -> bool:
            try:
                services.slot_history.restore(serg, "slot-001", old, present)
            except SlotChanged:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(attempt, range(8))) == 1
        assert services.slots.get(serg, "slot-001").version == present + 1
    finally:
        services.shut_down()


def test_what_changed_is_told_by_its_place() -> None:
    before = {
        "name": "a",
        "settings_json": {"output": {"quality": 90}, "prompt": "x"},
        "ladder": None,
    }
    after = {"name": "a", "settings_json": {"output": {"quality": 80}}, "ladder": [{"from_sec": 3}]}
    assert [(each.path, each.before, each.after) for each in changes(before, after)] == [
        ("settings_json.output.quality", 90, 80),
        ("ladder.0.from_sec", None, 3),
        ("settings_json.prompt", "x", None),
    ]


@pytest.mark.slow
def test_only_a_slots_photo_has_settings_of_now(serg: FlaskClient, task_of_serg: str) -> None:
    answer = serg.post(f"/api/tasks/{task_of_serg}/replay?settings=now")
    assert answer.status_code == 422
    assert answer.get_json()["error"]["code"] == "settings_only_as_then"


@pytest.mark.slow
def test_only_a_slots_photo_is_made_again_to_be_counted(
    serg: FlaskClient, task_of_serg: str
) -> None:
    answer = serg.post(f"/api/tasks/{task_of_serg}/replay?counted=true")
    assert answer.status_code == 422
    assert answer.get_json()["error"]["code"] == "only_photos_count"
    assert serg.get("/live").status_code == 200
