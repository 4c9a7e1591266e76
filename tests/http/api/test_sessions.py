"""Signing in at each façade, and sessions that are renewed by refresh tokens."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_refresh_token
from sqlalchemy import text

from photoai.models import RefreshToken, User
from photoai.services import Services
from photoai.services.clock import utcnow

from .conftest import bearing

MERGE, V1 = "/server2/videoapi/auth", "/api/v1/auth"
ANNA = {"username": "Anna", "email": "anna@example.com", "password": "Correct-1"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    assert client.post(f"{V1}/register", json=ANNA).status_code == 201
    return client


@pytest.fixture
def pair(client: FlaskClient) -> dict[str, Any]:
    return sign_in(client)


def sign_in(client: FlaskClient, name: str = "Anna", password: str = "Correct-1") -> dict[str, Any]:
    body = {"email_or_username": name, "password": password}
    answer = client.post(f"{V1}/login", json=body)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.get_json())


def refresh(client: FlaskClient, token: str) -> Any:
    return client.post(f"{V1}/refresh", json={"refresh_token": token})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def lives(token: str) -> float:
    claims = jwt.decode(token, options={"verify_signature": False})
    return float(claims["exp"]) - time.time()


def test_the_merge_facade_signs_in_for_an_hour(app: Flask, client: FlaskClient) -> None:
    answer = client.post(f"{MERGE}/login", json={"username": "anna", "password": "Correct-1"})
    body = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    assert bearing(app, body["access_token"]).get("/api/tasks").status_code == 200


@pytest.mark.parametrize("name", ["Anna", "ANNA", "anna@example.com", "Anna@Example.COM"])
def test_v1_signs_in_by_name_or_email(app: Flask, client: FlaskClient, name: str) -> None:
    pair = sign_in(client, name)
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 1800)
    assert 1790 < lives(pair["access_token"]) <= 1800
    assert 7 * 86400 - 10 < lives(pair["refresh_token"]) <= 7 * 86400
    me = bearing(app, pair["access_token"]).get(f"{V1}/me").get_json()
    assert (me["username"], me["email"], me["plan"]) == ("Anna", "anna@example.com", "free")
    assert {"id", "username", "email", "settings", "created_at"} <= set(me), "those of seed 002"
    assert me["settings"] == {"plan": "free"}
    assert set(me["usage"].values()) == {0}
    assert me["created_at"].endswith("Z")


def test_who_is_unknown_is_refused_like_who_is_wrong(client: FlaskClient) -> None:
    names = ("anna", "nobody", "anna@example.com", "nobody@example.com")
    guesses = [{"email_or_username": name, "password": "wrong"} for name in names]
    answers = [client.post(f"{V1}/login", json=guess) for guess in guesses]
    assert {code(answer) for answer in answers} == {(401, "bad_credentials")}
    assert len({answer.get_data() for answer in answers}) == 1


def test_an_account_that_is_switched_off_says_so_only_to_its_owner(
    client: FlaskClient, services: Services, pair: dict[str, Any]
) -> None:
    with services.database.begin() as session:
        session.query(User).filter_by(username="Anna").one().active = False
    right = {"username": "anna", "password": "Correct-1"}
    assert code(client.post(f"{MERGE}/login", json=right)) == (403, "account_inactive")
    wrong = right | {"password": "wrong"}
    assert code(client.post(f"{MERGE}/login", json=wrong)) == (401, "bad_credentials")
    assert code(refresh(client, pair["refresh_token"])) == (403, "account_inactive")


def test_a_refresh_token_gets_the_next_pair(
    app: Flask, client: FlaskClient, pair: dict[str, Any]
) -> None:
    for _ in range(3):
        answer = refresh(client, pair["refresh_token"])
        assert answer.headers["Cache-Control"] == "no-store"
        assert set(answer.get_json()) == set(pair)
        pair = answer.get_json()
        assert bearing(app, pair["access_token"]).get(f"{V1}/me").status_code == 200


def test_a_used_refresh_token_ends_the_whole_session_and_no_other(
    app: Flask, client: FlaskClient, pair: dict[str, Any]
) -> None:
    other = sign_in(client)
    following = refresh(client, pair["refresh_token"]).get_json()
    assert code(refresh(client, pair["refresh_token"])) == (401, "refresh_token_used")
    assert code(refresh(client, following["refresh_token"])) == (401, "token_revoked")
    for dead in (pair, following):
        answer = bearing(app, dead["access_token"]).get(f"{V1}/me")
        assert code(answer) == (401, "token_revoked")
    assert refresh(client, other["refresh_token"]).status_code == 200


def test_each_kind_of_token_is_good_for_its_own_use_only(
    app: Flask, client: FlaskClient, pair: dict[str, Any]
) -> None:
    assert code(refresh(client, pair["access_token"])) == (401, "unauthorized")
    me = bearing(app, pair["refresh_token"]).get(f"{V1}/me")
    assert code(me) == (401, "unauthorized")
    assert refresh(client, pair["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "x" * 4000])
def test_nonsense_for_a_refresh_token_is_401(client: FlaskClient, token: str) -> None:
    assert code(refresh(client, token)) == (401, "unauthorized")


def test_an_expired_refresh_token_says_so(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        old = create_refresh_token("1", expires_delta=timedelta(seconds=-1))
    assert code(refresh(client, old)) == (401, "token_expired")


def test_a_token_nobody_kept_ends_its_session(app: Flask, client: FlaskClient) -> None:
    """The database was brought back from a copy that is older than the token."""
    with app.test_request_context():
        claims = {"sid": "lost", "signed_in_at": datetime.now(UTC).timestamp()}
        lost = create_refresh_token("1", additional_claims=claims)
    assert code(refresh(client, lost)) == (401, "refresh_token_used")


@pytest.mark.parametrize("path", [f"{V1}/logout", "/api/logout"])
def test_signing_out_ends_tokens_of_both_kinds(
    app: Flask, client: FlaskClient, services: Services, pair: dict[str, Any], path: str
) -> None:
    bearer = bearing(app, pair["access_token"])
    assert bearer.post(path).status_code == 204
    assert code(bearer.get(f"{V1}/me")) == (401, "token_revoked")
    assert code(refresh(client, pair["refresh_token"])) == (401, "token_revoked")
    with services.database.look() as db:
        until = db.execute(text("SELECT expires_at FROM revoked_token")).scalar_one()
    assert str(until) > str(datetime.now(UTC) + timedelta(days=6))  # as long as the token lives


def test_a_new_password_ends_sessions_that_could_be_renewed(
    client: FlaskClient, services: Services, pair: dict[str, Any]
) -> None:
    with services.database.begin() as session:
        session.query(User).filter_by(username="Anna").one().tokens_valid_from = utcnow()
    assert code(refresh(client, pair["refresh_token"])) == (401, "token_revoked")


def test_expired_refresh_tokens_are_dropped(
    client: FlaskClient, services: Services, pair: dict[str, Any]
) -> None:
    following = refresh(client, pair["refresh_token"]).get_json()
    with services.database.begin() as session:
        used = session.query(RefreshToken).filter(RefreshToken.used_at.is_not(None)).one()
        used.expires_at = utcnow() - timedelta(seconds=1)
    services.upkeep.tidy()
    with services.database.read() as session:
        assert session.query(RefreshToken).count() == 1
    assert refresh(client, following["refresh_token"]).status_code == 200
