"""Signing in and out, through the application's test client."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token, get_csrf_token

from photoai import migrating
from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.errors import ConfigError
from photoai.services.accounts import load_credentials
from tests.support.server import Client, Server


@pytest.fixture
def password(config: Config, app: Flask) -> Callable[[str], str]:
    known = json.loads(Path(config.credentials_file).read_text())
    return lambda user: known[user]["password"]


def sign_in(client: FlaskClient, username: str, password: str) -> Any:
    return client.post("/api/login", json={"username": username, "password": password})


def test_an_operator_signs_in_and_out(app: Flask, password: Callable[[str], str]) -> None:
    client = app.test_client(use_cookies=False)
    answer = sign_in(client, "serg", password("serg"))
    body = answer.get_json()
    assert (body["token_type"], body["expires_in_sec"]) == ("bearer", 3600)
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert len(client.get("/api/slots", headers=bearer).get_json()["data"]) == 40
    assert client.post("/api/logout", headers=bearer).status_code == 204
    answer = client.get("/api/slots", headers=bearer)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_revoked")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "serg", "password": "wrong"}, 401),
        ({"username": "nobody", "password": "wrong"}, 401),
        ({"username": "serg"}, 400),
        ({"username": 5, "password": []}, 400),
        ([], 400),
    ],
)
def test_a_login_that_is_not_right_is_refused(app: Flask, body: Any, status: int) -> None:
    answer = app.test_client().post("/api/login", json=body)
    assert answer.status_code == status
    assert set(answer.get_json()["error"]) == {"code", "message", "details"}


def test_unknown_and_known_names_are_refused_alike(app: Flask) -> None:
    answers = [sign_in(app.test_client(), name, "wrong").get_json() for name in ("serg", "nobody")]
    assert answers[0] == answers[1]


def test_the_cookie_needs_its_csrf_token_on_unsafe_calls(
    app: Flask, password: Callable[[str], str]
) -> None:
    client = app.test_client()
    answer = sign_in(client, "serg", password("serg"))
    session, csrf = (
        client.get_cookie(f"{name}") for name in ("access_token_cookie", "csrf_access_token")
    )
    assert session is not None
    assert csrf is not None
    assert session.http_only
    assert session.same_site == "Lax"
    assert client.get("/api/slots").status_code == 200
    refused = client.post("/api/logout")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "csrf_failed")
    assert client.post("/api/logout", headers={"X-CSRF-TOKEN": csrf.value}).status_code == 204
    assert client.get_cookie("access_token_cookie") is None
    assert answer.headers["Cache-Control"] == "no-store"


def old_token(app: Flask, minutes: int, hours_since_sign_in: float = 0, **options: Any) -> str:
    """A token issued some minutes ago."""
    with app.test_request_context():
        then = datetime.now(UTC) - timedelta(minutes=minutes)
        claims = {
            "iat": then,
            "signed_in_at": (then - timedelta(hours=hours_since_sign_in)).timestamp(),
        }
        # The operator's tokens count from the moment the account was made.
        return create_access_token("1", additional_claims=claims, **options)


@pytest.fixture
def long_known(app: Flask) -> None:
    """The operators' accounts were made yesterday."""
    from photoai.models import User

    with services_of(app).database.begin() as session:
        for user in session.query(User):
            user.tokens_valid_from -= timedelta(days=1)


@pytest.mark.parametrize(
    ("minutes", "hours", "renewed"), [(5, 0, False), (40, 0, True), (40, 13, False)]
)
@pytest.mark.usefixtures("long_known")
def test_a_session_in_use_renews_itself_for_twelve_hours(
    app: Flask, minutes: int, hours: float, renewed: bool
) -> None:
    client = app.test_client()
    client.set_cookie("access_token_cookie", old_token(app, minutes, hours))
    answer = client.get("/api/slots")
    assert answer.status_code == 200
    assert ("Set-Cookie" in answer.headers) is renewed


@pytest.mark.usefixtures("long_known")
def test_the_forms_of_a_page_that_renews_the_session_are_taken(app: Flask) -> None:
    client, before = app.test_client(), old_token(app, 40)
    with app.app_context():
        client.set_cookie("csrf_access_token", get_csrf_token(before))
    client.set_cookie("access_token_cookie", before)
    page = client.get("/keys")
    assert any("access_token_cookie" in each for each in page.headers.getlist("Set-Cookie"))
    held = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/keys", data={"name": "still here", "csrf_token": held})
    assert answer.status_code == 200, answer.text


@pytest.mark.usefixtures("long_known")
def test_signing_out_ends_what_the_session_was_renewed_from(app: Flask) -> None:
    client, copied = app.test_client(), app.test_client()
    before = old_token(app, 40)
    for browser in (client, copied):
        browser.set_cookie("access_token_cookie", before)
    assert "Set-Cookie" in client.get("/api/slots").headers
    csrf = client.get_cookie("csrf_access_token")
    assert csrf is not None
    assert client.post("/api/logout", headers={"X-CSRF-TOKEN": csrf.value}).status_code == 204
    assert copied.get("/api/slots").status_code == 401


@pytest.mark.usefixtures("long_known")
def test_a_bearer_token_is_never_renewed(app: Flask) -> None:
    bearer = {"Authorization": f"Bearer {old_token(app, 40)}"}
    assert "Set-Cookie" not in app.test_client().get("/api/slots", headers=bearer).headers


def test_an_expired_token_says_so(app: Flask) -> None:
    token = old_token(app, 0, expires_delta=timedelta(seconds=-1))
    answer = app.test_client().get("/api/slots", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "token_expired")


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "Bearer", "null"])
def test_nonsense_for_a_token_is_401(app: Flask, token: str) -> None:
    answer = app.test_client().get("/api/slots", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_replacing_the_credentials_rotates_passwords_and_ends_sessions(
    app: Flask, config: Config, password: Callable[[str], str]
) -> None:
    token = sign_in(app.test_client(), "serg", password("serg")).get_json()["access_token"]
    file = Path(config.credentials_file)
    known = json.loads(file.read_text())
    known["serg"] = {"password": "New-password-1", "ingest_password": "new-ingest-password"}
    file.write_text(json.dumps(known))
    again = create_app(config)
    migrating.upgrade(again)
    services_of(again).prepare()
    client = again.test_client(use_cookies=False)
    assert sign_in(client, "serg", "New-password-1").status_code == 200
    assert sign_in(client, "serg", password("serg")).status_code == 401
    assert sign_in(client, "igor", password("igor")).status_code == 200
    ended = client.get("/api/slots", headers={"Authorization": f"Bearer {token}"})
    assert ended.get_json()["error"]["code"] == "token_revoked"
    services_of(again).shut_down()


def test_the_environment_wins_over_the_file(config: Config) -> None:
    operators = {
        name: {"password": f"Password-{name}", "ingest_password": f"ingest-{name}"}
        for name in ("serg", "igor")
    }
    given = json.dumps({**operators, "secret_key": "k" * 40})
    found = load_credentials(dataclasses.replace(config, runtime_credentials=given))
    assert found.operators[0].password == "Password-serg"
    assert not Path(config.credentials_file).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"serg": None},
        {"igor": {"password": "short", "ingest_password": "long-enough"}},
        {"secret_key": "short"},
        {"serg": {"password": "Password-1", "ingest_password": "same-same"},
         "igor": {"password": "Password-1", "ingest_password": "same-same"}},
    ],
)  # fmt: skip
def test_credentials_that_cannot_work_stop_the_start(
    config: Config, change: dict[str, Any]
) -> None:
    file = Path(config.credentials_file)
    load_credentials(config)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ConfigError):
        load_credentials(config)


def test_a_file_with_passwords_only_gets_a_key_of_its_own(config: Config) -> None:
    file = Path(config.credentials_file)
    load_credentials(config)
    known = json.loads(file.read_text())
    del known["secret_key"]
    file.write_text(json.dumps(known))
    first, second = load_credentials(config), load_credentials(config)
    assert first == second
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_guesses_sent_all_at_once_count_like_any_others(
    make_server: Callable[..., Server],
) -> None:
    with make_server(RATE_LIMIT_ENABLED="true") as server, ThreadPoolExecutor(12) as pool:
        clients = [server.session(None) for _ in range(12)]
        start = threading.Barrier(12, timeout=10)

        def guess(client: Client) -> int:
            start.wait()
            return client.post("/api/login", json={"username": "serg", "password": "x"}).status_code

        answers = sorted(pool.map(guess, clients))
        assert answers == [401] * 5 + [429] * 7


@pytest.mark.slow
def test_logins_are_throttled_for_the_right_password_too(
    make_server: Callable[..., Server],
) -> None:
    with make_server(RATE_LIMIT_ENABLED="true") as server:
        client = server.session(None)
        right = server.credentials["serg"]["password"]

        def attempt(user: str, password: str) -> Any:
            return client.post("/api/login", json={"username": user, "password": password})

        assert [attempt("serg", "wrong").status_code for _ in range(5)] == [401] * 5
        throttled = attempt("serg", right)
        assert (throttled.status_code, throttled.json()["error"]["code"]) == (
            429,
            "too_many_logins",
        )
        assert 0 < int(throttled.headers["Retry-After"]) <= 60
        assert attempt("igor", server.credentials["igor"]["password"]).status_code == 200
        statuses = {server.booth.send(b"x", password="wrong").status for _ in range(21)}
        assert statuses == {401, 429}
        assert server.booth.send(b"x", slot="slot-002").status != 429
        for secret in (right, server.ingest_password(), "wrong"):
            assert f'"{secret}"' not in server.log
            assert secret not in server.log or secret == "wrong"
        client.close()
