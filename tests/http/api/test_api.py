"""Slots, media and jobs: the contract, bad input, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from photoai.app import services_of
from photoai.blueprints import pages
from photoai.config import Config

from . import (
    account_routes,
    admin_routes,
    alert_routes,
    ascii_routes,
    budget_routes,
    gallery_routes,
    late_routes,
    merge_routes,
    reel_routes,
    rehearsal_routes,
    stats_routes,
    task_routes,
)
from .common import CHANGE, register


def test_an_operator_has_forty_slots_and_serg_finds_one_ready(cast: dict[str, FlaskClient]) -> None:
    for name, ready in (("serg", ["slot-001"]), ("igor", [])):
        body = cast[name].get("/api/slots").get_json()
        assert body["meta"] == {"total": 40}
        assert [slot["id"] for slot in body["data"]] == [f"slot-{n:03}" for n in range(1, 41)]
        assert [slot["id"] for slot in body["data"] if slot["is_configured"]] == ready


def test_a_saved_slot_is_read_back_with_its_defaults(serg: FlaskClient) -> None:
    saved = serg.put("/api/slots/slot-007", json=CHANGE).get_json()
    slot = serg.get("/api/slots/slot-007").get_json()
    assert saved["version"] == slot["version"] == 2
    assert saved["updated_at"].endswith("Z")
    assert slot["name"] == "Ночь"
    assert slot["settings_json"] == {
        "prompt": "sepia", "guidance_scale": 7.5, "output": {"format": "jpeg", "quality": 92},
    }  # fmt: skip
    assert slot["ingest_url"] == "http://localhost/ingest/slot-007"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("provider_id=local", ["slot-001", "slot-007"]),
        ("operation_id=style_transfer", []),
        ("search=НОЧЬ", ["slot-007"]),
        ("search=slot-01&provider_id=gemini", []),
    ],
)
def test_slots_are_filtered(serg: FlaskClient, query: str, found: list[str]) -> None:
    serg.put("/api/slots/slot-007", json=CHANGE)
    body = serg.get(f"/api/slots?{query}").get_json()
    assert [slot["id"] for slot in body["data"]] == found


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"settings_json": {}}, "settings_json.prompt"),
        ({"settings_json": {"prompt": 5}}, "settings_json.prompt"),
        ({"settings_json": {"prompt": "x" * 2001}}, "settings_json.prompt"),
        ({"settings_json": {"prompt": "", "colour": 1}}, "settings_json.colour"),
        (
            {"settings_json": {"prompt": "", "output": {"quality": 101}}},
            "settings_json.output.quality",
        ),
        ({"provider_id": "nobody"}, "provider_id"),
        ({"operation_id": "nothing"}, "operation_id"),
        ({"settings_json": []}, "settings_json"),
        ({"ladder": "local"}, "ladder"),
        ({"client_profile": "telex"}, "client_profile"),
        ({"version": "two"}, "version"),
        ({"surprise": 1}, "surprise"),
        (
            {"operation_id": "style_transfer", "settings_json": {"reference_media_id": "abc"}},
            "settings_json.reference_media_id",
        ),
    ],
)
def test_settings_that_do_not_fit_are_422_with_their_path(
    serg: FlaskClient, change: dict[str, Any], path: str
) -> None:
    answer = serg.put("/api/slots/slot-007", json=CHANGE | change)
    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [path]
    assert serg.get("/api/slots/slot-007").get_json()["version"] == 1


def test_the_second_of_two_who_loaded_the_same_version_gets_409(serg: FlaskClient) -> None:
    assert serg.put("/api/slots/slot-007", json=CHANGE | {"version": 1}).status_code == 200
    late = serg.put("/api/slots/slot-007", json=CHANGE | {"version": 1})
    assert (late.status_code, late.get_json()["error"]["code"]) == (409, "slot_changed")


def test_a_slot_may_name_only_its_own_operators_images(cast: dict[str, FlaskClient]) -> None:
    media = register(cast["igor"]).get_json()
    style = CHANGE | {
        "operation_id": "style_transfer",
        "settings_json": {"reference_media_id": media["id"]},
    }
    assert cast["serg"].put("/api/slots/slot-007", json=style).status_code == 422
    assert cast["igor"].put("/api/slots/slot-007", json=style).status_code == 200


def test_a_slot_is_made_free_again(serg: FlaskClient) -> None:
    before = serg.get("/api/slots/slot-001").get_json()
    assert serg.delete("/api/slots/slot-001/settings").status_code == 204
    after = serg.get("/api/slots/slot-001").get_json()
    assert (after["is_configured"], after["settings_json"], after["name"]) == (False, {}, "")
    assert after["ingest_url"] == before["ingest_url"]
    assert after["version"] == before["version"] + 1
    assert serg.delete("/api/slots/slot-041/settings").status_code == 404


def test_providers_are_listed_with_what_a_form_needs(serg: FlaskClient) -> None:
    listed = {each["id"]: each for each in serg.get("/api/providers").get_json()["providers"]}
    assert [id_ for id_, each in listed.items() if each["configured"]] == ["local"]
    gemini = listed["gemini"]
    assert (gemini["name"], gemini["healthy"]) == ("Gemini", True)
    assert [model["id"] for model in gemini["models"] if model["default"]] == [
        "gemini-nano-banana-2.1"
    ]
    operation = next(each for each in gemini["operations"] if each["id"] == "style_transfer")
    assert operation["needs"] == ["prompt", "reference"]
    assert "enum" in operation["settings_schema"]["properties"]["model"]
    assert gemini["limits"]["max_file_size_mb"] == 7
    presets = next(each for each in listed["local"]["operations"] if each["id"] == "change_image")
    assert "preset" in presets["settings_schema"]["properties"]


def test_jobs_are_listed_newest_first_in_pages(serg: FlaskClient, job_of_serg: str) -> None:
    body = serg.get("/api/tasks?state=queued&type=photo&page=1&page_size=5").get_json()
    assert body["meta"] == {"page": 1, "page_size": 5, "total": 1}
    job = body["data"][0]
    assert (job["id"], job["queue_position"], job["error"]) == (job_of_serg, 1, None)
    assert job["links"]["result"].endswith(f"/api/tasks/{job_of_serg}/result")
    for query in ("page=0", "page_size=101", "state=lost"):
        assert serg.get(f"/api/tasks?{query}").status_code == 422


ROUTES = [
    ("GET", "/api/slots", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("GET", "/api/slots/slot-001", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("PUT", "/api/slots/slot-001", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("GET", "/api/stats/slots", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("GET", "/api/stats/global", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("GET", "/api/stats/slot-001", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    (
        "POST",
        "/api/slots/slot-001/reset_stats",
        {"serg": 204, "igor": 204, "member": 403, "stranger": 401},
    ),
    ("GET", "/api/settings", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("PUT", "/api/settings", {"serg": 422, "igor": 422, "member": 403, "stranger": 401}),
    ("POST", "/api/settings/check", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    (
        "POST",
        "/api/settings/clear_media_cache",
        {"serg": 200, "igor": 200, "member": 403, "stranger": 401},
    ),
    ("GET", "/api/providers", {"serg": 200, "igor": 200, "member": 403, "stranger": 401}),
    ("DELETE", "/api/slots/slot-001/settings", late_routes.operators(204)),
    (
        "POST",
        "/api/slots/slot-001/test",
        {"serg": 415, "igor": 415, "member": 403, "stranger": 401},
    ),
    ("POST", "/api/media/extend", {"serg": 422, "igor": 422, "member": 403, "stranger": 401}),
    ("POST", "/api/media/register", {"serg": 415, "igor": 415, "member": 403, "stranger": 401}),
    ("GET", "/api/tasks", {"serg": 200, "igor": 200, "member": 200, "stranger": 401}),
    ("GET", "/api/tasks/job-of-serg", {"serg": 200, "igor": 404, "member": 404, "stranger": 401}),
    ("GET", "/api/events", {"serg": 200, "igor": 200, "member": 200, "stranger": 401}),
    (
        "GET",
        "/api/tasks/job-of-serg/events",
        {"serg": 200, "igor": 404, "member": 404, "stranger": 401},
    ),
    (
        "GET",
        "/api/tasks/job-of-serg/result",
        {"serg": 202, "igor": 404, "member": 404, "stranger": 401},
    ),
    (
        "POST",
        "/api/tasks/job-of-serg/retry",
        {"serg": 409, "igor": 404, "member": 404, "stranger": 401},
    ),
    (
        "POST",
        "/api/tasks/job-of-serg/replay",
        {"serg": 409, "igor": 404, "member": 404, "stranger": 401},
    ),
    (
        "GET",
        "/api/tasks/job-of-serg/deliveries",
        {"serg": 200, "igor": 404, "member": 404, "stranger": 401},
    ),
    (
        "POST",
        "/api/tasks/job-of-serg/deliveries/delivery-1/redeliver",
        {"serg": 404, "igor": 404, "member": 404, "stranger": 401},
    ),
    ("GET", "/api/webhook_secret", {"serg": 200, "igor": 200, "member": 200, "stranger": 401}),
    (
        "DELETE",
        "/api/tasks/job-of-serg",
        {"igor": 404, "member": 404, "stranger": 401, "serg": 202},
    ),
    ("POST", "/api/logout", {"serg": 204, "igor": 204, "member": 204, "stranger": 401}),
    *account_routes.ROUTES,
    *merge_routes.ROUTES,
    *task_routes.ROUTES,
    *admin_routes.ROUTES,
    *ascii_routes.ROUTES,
    *reel_routes.ROUTES,
    *(LATER := [*gallery_routes.ROUTES, *late_routes.ROUTES, *alert_routes.ROUTES,
                *rehearsal_routes.ROUTES, *budget_routes.ROUTES, *stats_routes.ROUTES]),
]  # fmt: skip
# Tried by themselves in the quick tests' place.
SELDOM = [pytest.param(*each, marks=pytest.mark.slow) for each in LATER]
OFTEN = [each for each in ROUTES if each not in LATER]
GUARDED = [(method, path) for method, path, who in ROUTES if who["stranger"] == 401]
OPEN_ROUTES = {"/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/api/login",
               "/ingest/<link>", "/public/media/<media_id>",
               "/api/webhooks/<provider_id>/<token>", *merge_routes.OPEN,
               *task_routes.OPEN, *ascii_routes.OPEN}  # fmt: skip
HIS_OWN = pytest.mark.usefixtures(
    "job_of_serg", "merge_of_serg", "task_of_serg", "file_of_serg", "upload_of_serg",
    "batch_of_serg", "reel_of_serg", "gallery_of_serg", "late_of_serg", "alert_of_serg",
)  # fmt: skip


@HIS_OWN
@pytest.mark.parametrize(("method", "path", "expected"), OFTEN + SELDOM)
def test_everybody_gets_what_is_theirs_and_no_more(
    cast: dict[str, FlaskClient], method: str, path: str, expected: dict[str, int]
) -> None:
    body = CHANGE if method == "PUT" else None
    for name, status in expected.items():
        with cast[name].open(path, method=method, json=body) as answer:
            assert answer.status_code == status, (name, path)
    if path == "/api/tasks":
        totals = {
            name: cast[name].get(path).get_json()["meta"]["total"] for name in ("serg", "igor")
        }
        assert totals == {"serg": 6, "igor": 0}


@pytest.mark.slow
@HIS_OWN
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_key_opens_what_its_accounts_token_opens_and_a_dead_one_nothing(
    cast: dict[str, FlaskClient], method: str, path: str
) -> None:
    for name, status in (("revoked_key", 401), ("expired_key", 401), ("inactive", 403)):
        assert cast[name].open(path, method=method).status_code == status, name
    by_key, by_token = (
        cast[name].open(path, method=method).status_code for name in ("member_key", "member")
    )
    assert by_key == by_token or path.endswith("/logout")


def test_every_route_is_in_the_table_above(app: Flask) -> None:
    addresses = app.url_map.bind("localhost")
    tested = {
        (method, addresses.match(path, method, return_rule=True)[0].rule)
        for method, path, _ in ROUTES
    }
    rules = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in OPEN_ROUTES and not is_page(rule)
    }
    assert rules == tested


def is_page(rule: Rule) -> bool:
    """Pages have a table of their own."""
    return rule.endpoint.split(".")[0] in {family.blp.name for family in pages.FAMILIES}


def test_one_operators_save_does_not_touch_the_others_slot(cast: dict[str, FlaskClient]) -> None:
    before = cast["igor"].get("/api/slots/slot-007").get_json()
    cast["serg"].put("/api/slots/slot-007", json=CHANGE)
    assert cast["igor"].get("/api/slots/slot-007").get_json() == before


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/api/slots/slot-999", 404), ("/api/tasks/x", 404)]
)
def test_what_is_not_there_is_404_in_our_shape(serg: FlaskClient, path: str, status: int) -> None:
    answer = serg.get(path)
    assert answer.status_code == status
    assert set(answer.get_json()["error"]) == {"code", "message", "details"}


def test_a_method_that_is_not_taken_is_405(serg: FlaskClient) -> None:
    answer = serg.delete("/healthz")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_body_that_is_no_json_is_400(serg: FlaskClient) -> None:
    answer = serg.put("/api/slots/slot-001", data="{", content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "malformed")


def test_every_answer_carries_its_id_and_the_security_headers(app: Flask) -> None:
    client = app.test_client()
    for path in ("/healthz", "/nothing", "/api/slots"):
        headers = client.get(path, headers={"X-Request-Id": "mine-1"}).headers
        assert headers["X-Request-Id"] == "mine-1"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
    odd = client.get("/healthz", headers={"X-Request-Id": "a b" * 100}).headers["X-Request-Id"]
    assert len(odd) == 32
    assert "Strict-Transport-Security" not in headers
    secure = client.get("/healthz", base_url="https://localhost").headers
    assert "max-age" in secure["Strict-Transport-Security"]


def test_links_keep_the_mount_prefix(serg: FlaskClient) -> None:
    slot = serg.get("/scotch/api/slots/slot-001").get_json()
    assert slot["ingest_url"] == "http://localhost/scotch/ingest/slot-001"


def test_messages_come_in_the_callers_language(app: Flask) -> None:
    client = app.test_client()

    def message(language: str | None) -> str:
        headers = {"Accept-Language": language} if language else {}
        return client.get("/api/slots", headers=headers).get_json()["error"]["message"]

    assert message("en-GB, ru;q=0.5") == "Sign in or send a token first."
    assert message(None) == message("ru") == message("de") != message("en")


def test_readiness_names_each_part(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert set(answer.get_json()) == {"database", "queue", "storage", "providers"}
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("allowed", "echoed"), [((), None), (("https://a.example",), "https://a.example")]
)
def test_foreign_pages_may_call_only_when_they_are_named(
    config: Config,
    allowed: tuple[str, ...],
    echoed: str | None,
    database_free_app: Callable[..., Flask],
) -> None:
    client = database_free_app(cors_allowed_origins=allowed).test_client()
    headers = client.get("/healthz", headers={"Origin": "https://a.example"}).headers
    assert headers.get("Access-Control-Allow-Origin") == echoed
    assert "Access-Control-Allow-Credentials" not in headers
    other = client.get("/healthz", headers={"Origin": "https://b.example"}).headers
    assert "Access-Control-Allow-Origin" not in other


@pytest.fixture
def database_free_app(config: Config) -> Iterator[Callable[..., Flask]]:
    import dataclasses

    from photoai.app import create_app

    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        made.append(create_app(dataclasses.replace(config, **changes)))
        return made[-1]

    yield make
    for app in made:
        services_of(app).shut_down()
