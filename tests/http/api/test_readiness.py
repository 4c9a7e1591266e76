"""The readiness report: every part looked at, all at once, and none of them for long."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from photoai.app import create_app, services_of
from photoai.blueprints.guard import issue_token
from photoai.config import Config
from photoai.errors import ProviderOverloaded, ProviderTimeout
from photoai.models import Slot, User
from photoai.services.providers import PROVIDERS, Answer, Ask
from photoai.services.readiness import side_by_side
from tests.emulators.gemini import FORBIDDEN_KEY, KEY, GeminiEmulator

from .common import CHANGE

Report = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def google() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


def report(client: FlaskClient) -> tuple[bool, Report]:
    answer = client.post("/api/settings/check", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    body = answer.get_json()
    return body["ok"], {check["id"]: check for check in body["checks"]}


@pytest.fixture
def operator_of(app: Flask, config: Config) -> Iterator[Callable[..., FlaskClient]]:
    """Serg at a server with other settings, on the same database."""
    made: list[Flask] = []

    def sign_in(providers: Any = PROVIDERS, **changes: Any) -> FlaskClient:
        made.append(create_app(dataclasses.replace(config, **changes), providers))
        services = services_of(made[-1])
        operator = services.operators.sync(services._credentials)[0]
        client = made[-1].test_client(use_cookies=False)
        with made[-1].test_request_context():
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {issue_token(operator)}"
        return client

    yield sign_in
    for each in made:
        services_of(each).shut_down()


def use(client: FlaskClient, provider: str) -> None:
    settings = {**CHANGE, "provider_id": provider}
    assert client.put("/api/slots/slot-002", json=settings).status_code == 200


def test_a_new_installation_is_ready_for_what_its_slots_use(serg: FlaskClient) -> None:
    ok, checks = report(serg)
    assert ok
    assert list(checks) == [
        "database", "storage", "queue", "public_url", "internet",
        *(f"provider:{id_}" for id_ in PROVIDERS),
    ]  # fmt: skip
    assert checks["provider:local"] == {
        "id": "provider:local", "ok": True, "needed": True, "code": None,
        "message": "It works.", "ms": checks["provider:local"]["ms"],
    }  # fmt: skip
    gemini = checks["provider:gemini"]
    assert (gemini["ok"], gemini["needed"]) == (False, False)
    assert (gemini["code"], gemini["message"]) == (
        "provider_not_configured",
        "The AI provider has no valid key.",
    )
    assert checks["public_url"]["code"] == "public_url_missing"


def test_a_provider_without_key_counts_once_a_slot_uses_it(cast: dict[str, FlaskClient]) -> None:
    use(cast["serg"], "gemini")
    ok, checks = report(cast["serg"])
    assert (ok, checks["provider:gemini"]["needed"]) == (False, True)
    assert not checks["public_url"]["needed"]
    assert report(cast["igor"])[0], "his slots do not"
    use(cast["serg"], "turbotext")
    assert report(cast["serg"])[1]["public_url"]["needed"], "it fetches photos by link"


def test_what_a_ladder_leads_to_is_needed_too(serg: FlaskClient) -> None:
    rung = {"provider_id": "gemini", "operation_id": "change_image",
            "settings_json": {"prompt": "x"}, "from_sec": None}  # fmt: skip
    with services_of(serg.application).database.begin() as session:
        serg_id = session.query(User).filter_by(username="serg").one().id
        slot = session.query(Slot).filter_by(id="slot-002", user_id=serg_id).one()
        slot.provider_id, slot.operation_id, slot.ladder = "local", "change_image", [rung]
        slot.settings_json = {"prompt": "sepia"}
    checks = report(serg)[1]
    assert (checks["provider:gemini"]["needed"], checks["internet"]["needed"]) == (True, True)


def test_gemini_is_asked_about_key_and_model_without_cost(
    google: GeminiEmulator, operator_of: Callable[..., FlaskClient]
) -> None:
    serg = operator_of(gemini_base_url=google.url)
    serg.put("/api/settings", json={"keys": {"gemini": KEY}})
    google.clear()
    assert report(serg)[1]["provider:gemini"]["code"] is None
    seen = [(each["method"], each["path"]) for each in google.seen()]
    assert seen == [("GET", "/v1beta/models/gemini-nano-banana-2.1")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"gemini_api_key": "somebody-elses-key"}, "provider_not_configured"),
        ({"gemini_api_key": FORBIDDEN_KEY}, "provider_not_configured"),
        ({"gemini_image_model": "gemini-of-tomorrow"}, "provider_bad_request"),
        ({"gemini_base_url": "http://127.0.0.1:1"}, "provider_overloaded"),
    ],
)
def test_what_keeps_gemini_from_working_is_told_by_code(
    google: GeminiEmulator,
    operator_of: Callable[..., FlaskClient],
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, str],
    code: str,
) -> None:
    known = {"gemini_base_url": google.url, "gemini_api_key": KEY}
    check = report(operator_of(**(known | changes)))[1]["provider:gemini"]
    assert (check["ok"], check["code"]) == (False, code)
    lines = [str(record.__dict__.get("fields", "")) for record in caplog.records]
    assert any("provider_ping_failed" in record.message for record in caplog.records)
    assert not any(f"api_key:{FORBIDDEN_KEY}" in line or KEY in line for line in lines)


class Sulking:
    """A provider whose ping goes as the test wants it."""

    def __init__(self, ping: Callable[[], None]) -> None:
        self._ping = ping

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        raise AssertionError("Nobody asked for a photo.")

    def ping(self, deadline: float) -> None:
        assert 9 < deadline - time.monotonic() <= 10
        self._ping()


def test_providers_are_asked_side_by_side(operator_of: Callable[..., FlaskClient]) -> None:
    together = threading.Barrier(2, timeout=5)

    def overloaded() -> None:
        together.wait()
        raise ProviderOverloaded

    def broken() -> None:
        together.wait()
        raise ZeroDivisionError

    serg = operator_of(
        {"gemini": lambda means: Sulking(overloaded), "turbotext": lambda means: Sulking(broken)}
    )
    _, checks = report(serg)
    codes = {id_: check["code"] for id_, check in checks.items() if id_.startswith("provider:")}
    missing = {f"provider:{id_}": "provider_not_configured" for id_ in PROVIDERS}
    assert codes == missing | {
        "provider:gemini": "provider_overloaded",
        "provider:turbotext": "provider_failed",
    }


def test_a_part_that_says_nothing_has_failed_when_patience_ends() -> None:
    hanging = threading.Event()

    def hangs() -> None:
        hanging.wait(10)

    def in_time() -> None:
        raise ProviderTimeout

    began = time.monotonic()
    checks = side_by_side(
        {"a": lambda: None, "b": hangs, "c": in_time},
        needed={"a"},
        patience_sec=0.3,
    )
    hanging.set()
    assert time.monotonic() - began < 2
    assert [(check.id, check.error and check.error.code) for check in checks] == [
        ("a", None), ("b", "not_in_time"), ("c", "provider_timeout"),
    ]  # fmt: skip
    assert [check.needed for check in checks] == [True, False, False]


def test_health_names_each_part_also_when_one_says_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    readiness = services_of(app).readiness
    monkeypatch.setattr("photoai.services.readiness.HEALTH_PATIENCE_SEC", 0.2)
    monkeypatch.setitem(readiness._parts, "database", lambda: hanging.wait(10))
    answer = app.test_client().get("/readyz")
    hanging.set()
    assert answer.status_code == 503
    assert answer.get_json() == {
        "database": False, "storage": True, "queue": True, "providers": True,
    }  # fmt: skip


def test_a_store_that_takes_nothing_is_named(
    serg: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_disk(*_: Any, **__: Any) -> Any:
        raise OSError("no such device")

    monkeypatch.setattr(services_of(app).store, "write", no_disk)
    ok, checks = report(serg)
    assert (ok, checks["storage"]["code"]) == (False, "storage_broken")
    assert serg.get("/readyz").get_json()["storage"] is False
