"""API keys: shown once, kept as a digest, listed, revoked, and what they open."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from photoai.models import ApiKey, User
from photoai.services import Services
from photoai.services.accounts.keys import MOST_LIVING
from photoai.services.clock import utcnow

from .conftest import bearing

AUTH = "/server2/videoapi/auth"


def create(client: FlaskClient, **wish: Any) -> dict[str, Any]:
    answer = client.post(f"{AUTH}/create-api-key", json=wish)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.get_json())


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_key_is_shown_once_and_kept_as_a_digest(
    services: Services, cast: dict[str, FlaskClient]
) -> None:
    made = create(cast["member"], name="camera", expires_days=2)
    secret = made["api_key"]
    assert len(secret) == 43
    assert made["prefix"] == secret[:8]
    lives = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert lives == timedelta(days=2)
    listed = cast["member"].get(f"{AUTH}/api-keys").get_json()
    newest = listed["data"][0]
    assert newest == {
        **{name: made[name] for name in ("id", "name", "prefix", "created_at", "expires_at")},
        "last_used_at": None,
        "revoked_at": None,
    }
    assert listed["meta"] == {"page": 1, "page_size": 20, "total": 4}
    with services.database.read() as session:
        row = session.get_one(ApiKey, made["id"])
        everything = str([list(each) for each in session.execute(text("SELECT * FROM api_key"))])
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in everything


def test_keys_are_listed_newest_first_and_in_pages(cast: dict[str, FlaskClient]) -> None:
    made = [create(cast["igor"], name=f"key {number}")["id"] for number in range(3)]
    page = cast["igor"].get(f"{AUTH}/api-keys?page_size=2").get_json()
    assert [key["id"] for key in page["data"]] == [made[2], made[1]]
    assert page["meta"]["total"] == 3
    assert cast["igor"].get(f"{AUTH}/api-keys?page=0").status_code == 422


def test_a_key_needs_no_wishes(cast: dict[str, FlaskClient]) -> None:
    answer = cast["member"].post(f"{AUTH}/create-api-key")
    made = answer.get_json()
    lives = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert (answer.status_code, made["name"], lives.days) == (201, "API key", 365)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"expires_days": 0}, "expires_days"),
        ({"expires_days": 3651}, "expires_days"),
        ({"expires_days": "10"}, "expires_days"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_key_that_cannot_be_is_422(
    cast: dict[str, FlaskClient], wish: dict[str, Any], field: str
) -> None:
    answer = cast["member"].post(f"{AUTH}/create-api-key", json=wish)
    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [field]


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_works_in_either_header_and_below_the_mount(
    app: Flask, cast: dict[str, FlaskClient], header: str
) -> None:
    secret = create(cast["member"])["api_key"]
    value = secret if header == "X-API-Key" else f"Bearer {secret}"
    for path in ("/api/tasks", f"/scotch{AUTH}/verify"):
        assert app.test_client().get(path, headers={header: value}).status_code == 200


def test_a_key_needs_no_csrf_token_even_beside_a_cookie(
    app: Flask, cast: dict[str, FlaskClient]
) -> None:
    browser, secret = app.test_client(), create(cast["member"])["api_key"]
    token = cast["igor"].environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    browser.set_cookie("access_token_cookie", token)
    assert browser.post(f"{AUTH}/create-api-key").status_code == 401
    made = browser.post(f"{AUTH}/create-api-key", headers={"X-API-Key": secret})
    assert made.status_code == 201
    who = browser.get(f"{AUTH}/verify", headers={"X-API-Key": secret}).get_json()
    assert who["username"] == "member"


def test_a_jwt_goes_before_a_key_and_is_never_taken_for_one(
    app: Flask, cast: dict[str, FlaskClient]
) -> None:
    headers = {"X-API-Key": create(cast["member"])["api_key"]}
    token = cast["igor"].environ_base["HTTP_AUTHORIZATION"]
    client = app.test_client()
    both = client.get(f"{AUTH}/verify", headers=headers | {"Authorization": token})
    assert (both.get_json()["username"], both.get_json()["key"]) == ("igor", None)
    broken = client.get(f"{AUTH}/verify", headers=headers | {"Authorization": token[:-4] + "AAAA"})
    assert code(broken) == (401, "unauthorized")


def test_each_dead_key_says_what_it_died_of(app: Flask, cast: dict[str, FlaskClient]) -> None:
    answers = {name: code(cast[name].get("/api/tasks")) for name in ("revoked_key", "expired_key")}
    assert answers == {"revoked_key": (401, "key_revoked"), "expired_key": (401, "key_expired")}
    assert code(bearing(app, "x" * 43).get("/api/tasks")) == (401, "wrong_api_key")
    assert code(cast["inactive"].get("/api/tasks")) == (403, "account_inactive")


def test_the_key_of_an_account_that_is_switched_off_stops_at_once(
    services: Services, cast: dict[str, FlaskClient]
) -> None:
    with services.database.begin() as session:
        session.query(User).filter_by(username="member").one().active = False
    for name in ("member", "member_key"):
        assert code(cast[name].get("/api/tasks")) == (403, "account_inactive")


def test_a_revoked_key_stays_in_the_list_and_is_dead(
    app: Flask, cast: dict[str, FlaskClient]
) -> None:
    made = create(cast["member"])
    address = f"{AUTH}/api-keys/{made['id']}"
    assert cast["igor"].delete(address).status_code == 404
    for _ in range(2):  # the second time changes nothing
        assert cast["member"].delete(address).status_code == 204
    newest = cast["member"].get(f"{AUTH}/api-keys").get_json()["data"][0]
    assert newest["revoked_at"].endswith("Z")
    assert code(bearing(app, made["api_key"]).get("/api/tasks")) == (401, "key_revoked")
    assert code(cast["member"].delete(f"{AUTH}/api-keys/nothing")) == (404, "api_key_unknown")


def test_all_keys_are_revoked_at_once_and_nobody_elses(cast: dict[str, FlaskClient]) -> None:
    create(cast["member"])
    # The expired one is among them, the revoked one is not.
    assert cast["member"].delete(f"{AUTH}/api-keys").get_json() == {"revoked": 3}
    assert cast["member"].delete(f"{AUTH}/api-keys").get_json() == {"revoked": 0}
    kept = cast["serg"].get(f"{AUTH}/api-keys").get_json()["data"]
    assert [key["revoked_at"] for key in kept] == [None]


def test_an_account_has_fifty_living_keys_at_most(cast: dict[str, FlaskClient]) -> None:
    first = create(cast["igor"])
    for _ in range(MOST_LIVING - 1):
        create(cast["igor"])
    assert code(cast["igor"].post(f"{AUTH}/create-api-key")) == (409, "too_many_keys")
    cast["igor"].delete(f"{AUTH}/api-keys/{first['id']}")
    create(cast["igor"])


def test_verify_tells_whose_it_is_and_what_it_may(cast: dict[str, FlaskClient]) -> None:
    by_key = cast["member_key"].get(f"{AUTH}/verify").get_json()
    key = by_key.pop("key")
    assert (key["name"], len(key["prefix"])) == ("member_key", 8)
    assert by_key == {
        "valid": True, "username": "member", "email": "member@example.com", "plan": "free",
        "role": "member",
        "limits": {
            "merges_at_once": 5, "merges_per_day": 100, "tasks_at_once": 5, "tasks_per_day": 100,
            "clip_max_mb": 20, "storage_mb": 2000, "reels_cents_per_day": 100,
        },
        "usage": {
            "merges_running": 0, "merges_today": 0, "tasks_running": 0, "tasks_today": 0,
        },
    }  # fmt: skip
    assert cast["member"].get(f"{AUTH}/verify").get_json() == {**by_key, "key": None}
    assert cast["admin"].get(f"{AUTH}/verify").get_json()["limits"]["merges_per_day"] is None


def test_the_last_use_is_noted_once_a_minute(
    app: Flask, services: Services, cast: dict[str, FlaskClient]
) -> None:
    made = create(cast["member"])
    client = bearing(app, made["api_key"])

    def last_used() -> datetime | None:
        with services.database.read() as session:
            return session.get_one(ApiKey, made["id"]).last_used_at

    client.get("/api/tasks")
    first = last_used()
    client.get("/api/tasks")
    assert first is not None
    assert last_used() == first
    with services.database.begin() as session:
        session.get_one(ApiKey, made["id"]).last_used_at = utcnow() - timedelta(seconds=61)
    client.get("/api/tasks")
    assert (last_used() or first) > first


def test_no_key_is_ever_logged(
    app: Flask, cast: dict[str, FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = create(cast["member"])
    for secret in (made["api_key"], "wrong" * 8):
        bearing(app, secret).get("/api/tasks")
        app.test_client().get("/api/tasks", headers={"X-API-Key": secret})
    lines = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "/api/tasks" in lines
    assert made["api_key"] not in lines
    assert "wrongwrong" not in lines


@pytest.mark.slow
def test_a_database_that_is_busy_still_lets_a_key_read(
    services: Services, cast: dict[str, FlaskClient]
) -> None:
    """Noting its use would have to write."""
    path = services.database.engine.url.database or ""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert cast["member_key"].get("/api/tasks").status_code == 200
        other.execute("ROLLBACK")
