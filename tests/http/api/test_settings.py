"""Settings: what is shown, what may be changed, and what never comes out again."""

from __future__ import annotations

import dataclasses
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.models import Setting, User
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.providers import PROVIDERS
from photoai.services.secrets import Secrets

KEY = "AIza-typed-in-key-of-gemini-wxyz"
MODEL, OTHER_MODEL = "gemini-nano-banana-2.1", "gemini-3-pro-image"
UNSET = {"set": False, "last4": None, "source": None}
Reconfigured = Callable[..., Services]


@pytest.fixture
def reconfigured(app: Flask, config: Config) -> Iterator[Reconfigured]:
    """The services on the same database as a start with other settings makes them."""
    made: list[Services] = []

    def again(**changes: Any) -> Services:
        made.append(services_of(create_app(dataclasses.replace(config, **changes))))
        return made[-1]

    yield again
    for services in made:
        services.shut_down()


def put(client: FlaskClient, **change: Any) -> Any:
    answer = client.put("/api/settings", json=change)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def refused(client: FlaskClient, change: Any) -> list[str]:
    answer = client.put("/api/settings", json=change)
    assert answer.status_code == 422, answer.get_json()
    return list(answer.get_json()["error"]["details"])


def test_a_new_installation_shows_what_is_configured(serg: FlaskClient) -> None:
    shown = serg.get("/api/settings").get_json()
    assert shown["sync_response_timeout_sec"] == 50
    assert shown["ingest_password"]["set"] is True
    assert shown["ingest_password"]["last_changed"].endswith("Z")
    assert shown["keys"] == {id_: UNSET for id_ in PROVIDERS if id_ != "local"}
    assert shown["budgets"] == {"per_day_usd": None, "per_slot_per_day_usd": None}
    gemini = shown["models"]["gemini"]
    assert (list(shown["models"]), gemini["default"]) == (["gemini", "openai"], MODEL)
    assert gemini["available"][-1] == {
        "id": "gemini-2.5-flash-image",
        "title": "Gemini 2.5 Flash Image",
        "price_per_image": {"1K": 0.039},
        "price_per_million_tokens": {},
        "retired_on": "2026-10-02",
    }


def test_any_part_is_changed_and_the_rest_stays(cast: dict[str, FlaskClient]) -> None:
    serg, igor = cast["serg"], cast["igor"]
    before = serg.get("/api/settings").get_json()
    assert put(serg) == before
    assert put(serg, sync_response_timeout_sec=20) == before | {"sync_response_timeout_sec": 20}
    budgets = {"per_day_usd": 12.5, "per_slot_per_day_usd": None}
    shown = put(igor, budgets={"per_day_usd": 12.5})
    assert (shown["sync_response_timeout_sec"], shown["budgets"]) == (20, budgets)
    put(serg, budgets={"per_day_usd": None, "per_slot_per_day_usd": 0.5})
    budgets = {"per_day_usd": None, "per_slot_per_day_usd": 0.5}
    assert igor.get("/api/settings").get_json()["budgets"] == budgets


def test_the_time_out_counts_at_once_and_is_shown_with_the_statistics(
    serg: FlaskClient, services: Services
) -> None:
    assert services.settings.sync_response_timeout_sec() == 50
    put(serg, sync_response_timeout_sec=7)
    assert services.settings.sync_response_timeout_sec() == 7
    assert serg.get("/api/stats/slots").get_json()["meta"]["sync_response_timeout_sec"] == 7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sync_response_timeout_sec": 4}, "sync_response_timeout_sec"),
        ({"sync_response_timeout_sec": 111}, "sync_response_timeout_sec"),
        ({"sync_response_timeout_sec": 50.5}, "sync_response_timeout_sec"),
        ({"sync_response_timeout_sec": "50"}, "sync_response_timeout_sec"),
        ({"sync_response_timeout_sec": True}, "sync_response_timeout_sec"),
        ({"sync_response_timeout_sec": None}, "sync_response_timeout_sec"),
        ({"ingest_password": "short"}, "ingest_password"),
        ({"ingest_password": "x" * 201}, "ingest_password"),
        ({"ingest_password": "two\nlines of it"}, "ingest_password"),
        ({"ingest_password": 12345678}, "ingest_password"),
        ({"ingest_password": None}, "ingest_password"),
        ({"keys": ["gemini"]}, "keys"),
        ({"keys": {"gemini": None}}, "keys.gemini"),
        ({"keys": {"gemini": 5}}, "keys.gemini"),
        ({"keys": {"gemini": "two words"}}, "keys.gemini"),
        ({"keys": {"gemini": "two\nlines"}}, "keys.gemini"),
        ({"keys": {"gemini": "ключ-от-всего"}}, "keys.gemini"),
        ({"keys": {"gemini": "k" * 501}}, "keys.gemini"),
        ({"keys": {"local": "needs-no-key"}}, "keys.local"),
        ({"keys": {"nobody": "some-key"}}, "keys.nobody"),
        ({"models": {"gemini": {"default": "gemini-of-tomorrow"}}}, "models.gemini.default"),
        ({"models": {"gemini": {"default": ""}}}, "models.gemini.default"),
        ({"models": {"gemini": {"default": 1}}}, "models.gemini.default"),
        ({"models": {"gemini": []}}, "models.gemini"),
        ({"models": {"gemini": {"colour": 1}}}, "models.gemini.colour"),
        ({"models": {"local": {}}}, "models.local"),
        ({"models": {"gemini": {"prices": {"other": {"1K": 1}}}}}, "models.gemini.prices.other"),
        (
            {"models": {"gemini": {"prices": {MODEL: {"9K": 1}}}}},
            f"models.gemini.prices.{MODEL}.9K",
        ),
        *(
            ({"models": {"gemini": {"prices": {MODEL: {"1K": price}}}}},
             f"models.gemini.prices.{MODEL}.1K")
            for price in (-0.01, "0.03", True, 10**400, [])
        ),
        ({"budgets": {"per_day_usd": -1}}, "budgets.per_day_usd"),
        ({"budgets": {"per_day_usd": "5"}}, "budgets.per_day_usd"),
        ({"budgets": {"per_week_usd": 5}}, "budgets.per_week_usd"),
        ({"budgets": None}, "budgets"),
        ({"surprise": 1}, "surprise"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_422_with_its_path_and_nothing_is_stored(
    serg: FlaskClient, services: Services, change: dict[str, Any], path: str
) -> None:
    beside = {"budgets": {"per_day_usd": 3}, "keys": {"turbotext": KEY}}
    assert refused(serg, beside | change) == [path]
    with services.database.read() as session:
        assert session.query(Setting).count() == 0


def test_everything_that_is_wrong_is_named_at_once(serg: FlaskClient) -> None:
    models = {"gemini": {"default": "x", "prices": {"y": {"1K": 1}}}}
    paths = refused(serg, {"keys": {"nobody": "key"}, "models": models})
    assert paths == ["keys.nobody", "models.gemini.default", "models.gemini.prices.y"]
    assert refused(serg, [1]) != []
    for infinite in ("1e999", "NaN"):
        body = f'{{"budgets":{{"per_day_usd":{infinite}}}}}'
        answer = serg.put("/api/settings", data=body, content_type="application/json")
        assert answer.status_code in {400, 422}


def test_a_key_is_cleaned_kept_encrypted_and_never_told(
    serg: FlaskClient, services: Services, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = put(serg, keys={"gemini": f" \t{KEY}\r\n"})
    assert shown["keys"]["gemini"] == {"set": True, "last4": "wxyz", "source": "settings"}
    assert services.settings.key_of("gemini") == KEY
    assert services.providers.configured("gemini")
    for file in Path(config.instance_dir).glob("photoai.db*"):
        assert KEY.encode() not in file.read_bytes()
    assert KEY not in caplog.text + json.dumps(serg.get("/api/settings").get_json())
    assert put(serg, keys={"gemini": ""})["keys"]["gemini"] == UNSET
    assert services.settings.key_of("gemini") == ""


def test_nothing_is_told_of_a_short_key(serg: FlaskClient) -> None:
    shown = put(serg, keys={"gemini": "elevenchars"})["keys"]["gemini"]
    assert shown == {"set": True, "last4": None, "source": "settings"}


def test_a_key_from_the_environment_wins_over_a_typed_one(
    serg: FlaskClient, reconfigured: Reconfigured
) -> None:
    services = reconfigured(gemini_api_key="key-of-the-environment")
    operator = services.operators.sync(services._credentials)[0]
    put(serg, keys={"gemini": KEY})
    assert services.settings.key_of("gemini") == "key-of-the-environment"
    state = services.settings.overview(operator).keys["gemini"]
    assert (state.set, state.last4, state.source) == (True, "ment", "environment")
    assert reconfigured().settings.key_of("gemini") == KEY, "it waits for its turn"


def test_keys_of_another_secret_key_count_as_not_set_and_say_so_once(
    serg: FlaskClient, reconfigured: Reconfigured, caplog: pytest.LogCaptureFixture
) -> None:
    put(serg, keys={"gemini": KEY})
    services = reconfigured(secret_key="another secret key of the server")
    for _ in range(3):
        assert services.settings.key_of("gemini") == ""
        assert not services.providers.configured("gemini")
    told = [record for record in caplog.records if record.message == "stored_key_unreadable"]
    assert len(told) == 1


def test_a_key_moved_to_another_providers_row_opens_nothing() -> None:
    secrets = Secrets("a secret key of the server")
    sealed = secrets.seal("provider key gemini", KEY)
    assert secrets.unseal("provider key gemini", sealed) == KEY
    assert secrets.unseal("provider key turbotext", sealed) is None
    for damaged in (sealed[:-2], "", "ключ", sealed.swapcase()):
        assert secrets.unseal("provider key gemini", damaged) is None


def test_what_another_process_stores_counts_within_a_second(
    serg: FlaskClient, reconfigured: Reconfigured, monkeypatch: pytest.MonkeyPatch
) -> None:
    from photoai.services.settings import stored

    other = reconfigured().settings
    now = [100.0]
    monkeypatch.setattr(stored.time, "monotonic", lambda: now[0])
    assert other.key_of("gemini") == ""
    put(serg, keys={"gemini": KEY}, sync_response_timeout_sec=9)
    assert (other.key_of("gemini"), other.sync_response_timeout_sec()) == ("", 50)
    now[0] += 1.01
    assert (other.key_of("gemini"), other.sync_response_timeout_sec()) == (KEY, 9)


def test_models_and_prices_are_chosen_and_given_back(
    serg: FlaskClient, services: Services, reconfigured: Reconfigured
) -> None:
    environments = reconfigured(gemini_image_model="gemini-3.1-flash-lite-image").settings
    assert environments.default_model("gemini") == "gemini-3.1-flash-lite-image"
    prices = {MODEL: {"1K": 0.03}, OTHER_MODEL: {"2K": 0, "4K": 1}}
    shown = put(serg, models={"gemini": {"default": OTHER_MODEL, "prices": prices}})
    gemini = shown["models"]["gemini"]
    assert gemini["default"] == OTHER_MODEL
    told = {model["id"]: model["price_per_image"] for model in gemini["available"]}
    assert told[OTHER_MODEL] == {"1K": 0.134, "2K": 0, "4K": 1}
    assert services.settings.prices("gemini") == prices
    assert reconfigured(gemini_image_model=MODEL).settings.default_model("gemini") == OTHER_MODEL
    listed = serg.get("/api/providers").get_json()["providers"][1]["models"]
    assert [model["id"] for model in listed if model["default"]] == [OTHER_MODEL]
    put(serg, models={"gemini": {"default": None, "prices": {OTHER_MODEL: {"4K": None}}}})
    assert services.settings.default_model("gemini") == MODEL
    assert services.settings.prices("gemini")[OTHER_MODEL] == {"2K": 0}
    put(serg, models={"gemini": {"prices": {OTHER_MODEL: None}}})
    assert services.settings.prices("gemini") == {MODEL: {"1K": 0.03}}
    put(serg, models={"gemini": {"prices": None}})
    assert services.settings.prices("gemini") == {}
    assert services.settings.default_model("local") is None


def test_the_audit_line_names_the_fields_and_no_values(
    serg: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    put(serg, keys={"gemini": KEY}, ingest_password="a new password", budgets={"per_day_usd": 4})
    record = next(each for each in caplog.records if each.message == "settings_changed")
    fields = record.__dict__["fields"]
    assert fields["user"] == "serg"
    assert set(fields["names"]) == {"keys.gemini", "ingest_password", "budgets.per_day_usd"}


def test_booths_use_the_new_ingest_password_at_once_and_the_other_operators_stays(
    cast: dict[str, FlaskClient], services: Services, config: Config
) -> None:
    known = json.loads(Path(config.credentials_file).read_text())
    changed = cast["serg"].get("/api/settings").get_json()["ingest_password"]["last_changed"]
    shown = put(cast["serg"], ingest_password=" пароль на свадьбу ")
    assert shown["ingest_password"]["last_changed"] > changed
    target = services.slots.for_upload("slot-001", " пароль на свадьбу ")
    assert services.slots.for_upload("slot-001", known["igor"]["ingest_password"]) != target
    assert upload(cast["stranger"], known["serg"]["ingest_password"]) == 401
    assert upload(cast["stranger"], " пароль на свадьбу ") == 415  # it is no photo
    services.prepare()  # a restart with the same credentials
    assert upload(cast["stranger"], " пароль на свадьбу ") == 415


def upload(client: FlaskClient, password: str) -> int:
    from io import BytesIO

    form = {"password": password, "fileToUpload": (BytesIO(b"no photo"), "a.jpg")}
    return client.post("/ingest/slot-001", data=form).status_code


def test_an_ingest_password_belongs_to_one_operator(
    cast: dict[str, FlaskClient], services: Services
) -> None:
    put(cast["serg"], ingest_password="the same password")
    put(cast["serg"], ingest_password="the same password")
    both = {"ingest_password": "the same password", "sync_response_timeout_sec": 9}
    answer = cast["igor"].put("/api/settings", json=both)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "ingest_password_taken")
    assert list(error["details"]) == ["ingest_password"]
    assert services.settings.sync_response_timeout_sec() == 50


def test_a_cookie_session_needs_its_csrf_token(app: Flask, config: Config) -> None:
    password = json.loads(Path(config.credentials_file).read_text())["serg"]["password"]
    client = app.test_client()
    client.post("/api/login", json={"username": "serg", "password": password})
    csrf = client.get_cookie("csrf_access_token")
    assert csrf is not None
    headers = {"X-CSRF-TOKEN": csrf.value}
    assert client.get("/api/settings").status_code == 200
    for call in (
        lambda **more: client.put("/api/settings", json={}, **more),
        lambda **more: client.post("/api/settings/check", **more),
        lambda **more: client.post("/api/settings/clear_media_cache", **more),
    ):
        answer = call()
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "csrf_failed")
        assert call(headers=headers).status_code == 200


def test_the_cache_is_cleared_of_the_callers_finished_photos(
    cast: dict[str, FlaskClient], services: Services
) -> None:
    users = {name: user_id(services, name) for name in ("serg", "igor")}
    finished = [finished_photo(services, users[name]) for name in ("serg", "serg", "igor")]
    assert cast["serg"].post("/api/settings/clear_media_cache").get_json() == {"deleted": 2}
    status = [
        cast[name].get(f"/api/tasks/{job_id}/result", buffered=True).status_code
        for name, job_id in zip(("serg", "serg", "igor"), finished, strict=True)
    ]
    assert status == [410, 410, 200]
    assert [file.key for file in services.store.stored("results")] == [f"results/{finished[2]}"]
    assert cast["serg"].get(f"/api/tasks/{finished[0]}").get_json()["state"] == "succeeded"
    assert cast["serg"].post("/api/settings/clear_media_cache").get_json() == {"deleted": 0}


def finished_photo(services: Services, user: int) -> str:
    draft = JobDraft(str(uuid.uuid4()), user, "photo", utcnow())
    key = f"results/{draft.public_id}"
    with services.store.write(key) as file:
        file.write(b"image")
    facts = {"mime": "image/jpeg", "size_bytes": 5, "width": 1, "height": 1, "rung": "0:local"}
    with services.database.transaction() as db:
        job = states.insert_claimed(db, draft, owner="me", lease_sec=60)
        states.succeed(db, job.id, 1, utcnow(), result_key=key, result=facts)
    return draft.public_id


def user_id(services: Services, name: str) -> int:
    with services.database.read() as session:
        return int(session.scalars(select(User.id).where(User.username == name)).one())
