"""Opening an account, over both façades."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.services import Services

from .conftest import bearing

MERGE, V1 = "/server2/videoapi/auth", "/api/v1/auth"
ANNA = {"username": "Anna.B", "email": "Anna@Example.com", "password": "Correct-1"}
FACADES = pytest.mark.parametrize("family", [MERGE, V1, f"/scotch{MERGE}"])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@FACADES
def test_an_account_begins_with_a_plan_and_a_key(
    app: Flask, client: FlaskClient, family: str
) -> None:
    answer = client.post(f"{family}/register", json=ANNA | {"plan": "pro"})
    body = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body["username"], body["email"], body["plan"]) == ("Anna.B", "anna@example.com", "pro")
    told = {"username", "email", "plan", "api_key"}
    assert set(body) == (told | {"id", "created_at"} if family == V1 else told)
    who = bearing(app, body["api_key"]).get(f"{MERGE}/verify").get_json()
    assert (who["username"], who["role"], who["plan"]) == ("Anna.B", "member", "pro")
    assert who["limits"]["clip_max_mb"] == Config().video_max_file_mb, "less than its plan's 100"
    assert who["key"]["name"] == "First key"


def test_no_plan_is_the_free_one(client: FlaskClient) -> None:
    assert client.post(f"{MERGE}/register", json=ANNA).get_json()["plan"] == "free"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "an"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": "anna b"}, "username"),
        ({"username": "anna\n"}, "username"),
        ({"username": "Анна"}, "username"),
        ({"username": "anna@b.example"}, "username"),
        ({"username": 5}, "username"),
        ({"email": "anna"}, "email"),
        ({"email": f"{'a' * 250}@b.example"}, "email"),
        ({"password": "Short-1"}, "password"),
        ({"password": "only-lower-1"}, "password"),
        ({"password": "ONLY-UPPER-1"}, "password"),
        ({"password": "No-digits"}, "password"),
        ({"password": "A1" + "a" * 255}, "password"),
        ({"plan": "gold"}, "plan"),
        ({"role": "admin"}, "role"),
    ],
)
def test_what_cannot_be_is_422_and_named(
    client: FlaskClient, change: dict[str, Any], field: str
) -> None:
    answer = client.post(f"{MERGE}/register", json=ANNA | change)
    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["details"]) == [field]
    assert str(change.get("password", "?")) not in answer.get_data(as_text=True)


def test_a_missing_field_is_named(client: FlaskClient) -> None:
    details = client.post(f"{V1}/register", json={}).get_json()["error"]["details"]
    assert set(details) == {"username", "email", "password"}


@FACADES
def test_a_name_and_an_email_belong_to_one_account_in_any_case(
    client: FlaskClient, family: str
) -> None:
    client.post(f"{MERGE}/register", json=ANNA)
    taken = client.post(f"{family}/register", json=ANNA | {"username": "aNNA.b", "email": "a@b.ru"})
    assert code(taken) == (409, "username_taken")
    assert list(taken.get_json()["error"]["details"]) == ["username"]
    taken = client.post(f"{family}/register", json=ANNA | {"username": "other"})
    assert code(taken) == (409, "email_taken")


@pytest.mark.parametrize("name", ["serg", "Igor", "SERG"])
def test_an_operators_name_is_never_free(
    client: FlaskClient, services: Services, name: str
) -> None:
    with services.database.transaction() as db:
        db.execute(text("DELETE FROM slot"))
        db.execute(text("DELETE FROM user_account"))
    refused = client.post(f"{MERGE}/register", json=ANNA | {"username": name})
    assert code(refused) == (409, "username_taken")


def test_nothing_of_a_refused_account_stays(client: FlaskClient, services: Services) -> None:
    client.post(f"{MERGE}/register", json=ANNA)
    client.post(f"{MERGE}/register", json=ANNA | {"username": "other"})
    with services.database.look() as db:
        assert db.execute(text("SELECT count(*) FROM api_key")).scalar() == 1


@pytest.fixture
def closed(config: Config, app: Flask) -> Iterator[Flask]:
    closed = create_app(dataclasses.replace(config, registration_enabled=False))
    yield closed
    services_of(closed).shut_down()


@pytest.mark.parametrize("family", [MERGE, V1])
def test_where_registration_is_closed_it_says_so(closed: Flask, family: str) -> None:
    refused = closed.test_client().post(f"{family}/register", json=ANNA)
    assert code(refused) == (403, "registration_closed")


@pytest.fixture
def strict(config: Config, app: Flask) -> Iterator[Flask]:
    strict = create_app(dataclasses.replace(config, rate_limit_enabled=True))
    yield strict
    services_of(strict).shut_down()


def test_an_address_opens_twenty_accounts_an_hour(strict: Flask) -> None:
    client = strict.test_client()
    taken = ANNA | {"username": "serg"}
    answers = [client.post(f"{MERGE}/register", json=taken).status_code for _ in range(20)]
    assert set(answers) == {409}
    refused = client.post(f"{V1}/register", json=ANNA)
    assert code(refused) == (429, "too_many_registrations")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600


def test_wrong_keys_are_throttled_and_right_ones_are_not(strict: Flask) -> None:
    key = strict.test_client().post(f"{MERGE}/register", json=ANNA).get_json()["api_key"]
    right, wrong = bearing(strict, key), bearing(strict, "wrong-key")
    for _ in range(20):
        assert wrong.get("/api/tasks").status_code == 401
        assert right.get("/api/tasks").status_code == 200
    refused = wrong.get("/api/tasks")
    assert code(refused) == (429, "too_many_wrong_keys")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert right.get("/api/tasks").status_code == 200


def test_logins_of_all_facades_share_one_throttle(strict: Flask) -> None:
    client = strict.test_client(use_cookies=False)
    guess = {"username": "Serg", "password": "wrong"}
    for path in ("/api/login", f"{MERGE}/login", "/api/login", f"{MERGE}/login"):
        assert client.post(path, json=guess).status_code == 401
    by_email = {"email_or_username": "serg", "password": "wrong"}
    assert client.post(f"{V1}/login", json=by_email).status_code == 401
    for path, body in (("/api/login", guess), (f"{MERGE}/login", guess), (f"{V1}/login", by_email)):
        assert code(client.post(path, json=body)) == (429, "too_many_logins")


def test_neither_password_nor_key_is_logged_or_kept(
    client: FlaskClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = client.post(f"{MERGE}/register", json=ANNA).get_json()["api_key"]
    pair = client.post(
        f"{V1}/login", json={"email_or_username": "anna.b", "password": ANNA["password"]}
    ).get_json()
    client.post(f"{V1}/refresh", json={"refresh_token": pair["refresh_token"]})
    lines = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    tables = ("user_account", "api_key", "refresh_token", "revoked_token")
    with services.database.look() as db:
        rows = [list(each) for name in tables for each in db.execute(text(f"SELECT * FROM {name}"))]
    for secret in (key, ANNA["password"], pair["access_token"], pair["refresh_token"]):
        assert secret not in lines
        assert secret not in str(rows)
