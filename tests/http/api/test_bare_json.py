"""JSON that is not called JSON: what `curl -d '{…}'` sends, and clients that name no type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

MERGE = "/server2/videoapi"
ANNA = {"username": "anna", "password": "Quite-long-1", "email": "anna@example.com"}
FORM = "application/x-www-form-urlencoded"
UNNAMED = pytest.mark.parametrize("mime", [None, FORM, f"{FORM}; charset=utf-8"])


def send(client: FlaskClient, path: str, body: Any, mime: str | None = FORM) -> TestResponse:
    text = body if isinstance(body, str) else json.dumps(body)
    english = {"Accept-Language": "en"}
    return client.post(path, data=text.encode(), content_type=mime, headers=english)


def details(answer: TestResponse) -> dict[str, Any]:
    error: dict[str, Any] = answer.get_json()["error"]
    return error["details"] | {"code": error["code"]}


@UNNAMED
def test_an_account_is_opened_and_signed_in(app: Flask, mime: str | None) -> None:
    client = app.test_client(use_cookies=False)
    assert send(client, f"{MERGE}/auth/register", ANNA, mime).status_code == 201
    for path, name in (
        (f"{MERGE}/auth/login", "username"),
        ("/api/v1/auth/login", "email_or_username"),
        ("/api/login", "username"),
    ):
        login = f"\r\n\t {json.dumps({name: 'anna', 'password': ANNA['password']})}"
        assert send(client, path, login, mime).status_code == 200, path


@UNNAMED
def test_an_order_is_read(serg: FlaskClient, mime: str | None) -> None:
    answer = send(serg, f"{MERGE}/merge", {"video_urls": ["https://a.example"] * 6}, mime)
    assert answer.status_code == 422
    assert details(answer)["video_urls"] == ["Length must be between 1 and 5."]


@UNNAMED
def test_wishes_are_read_from_the_same_body(
    serg: FlaskClient, job_of_serg: str, mime: str | None
) -> None:
    order = {"video_urls": ["https://a.example"], "metadata": "not an object"}
    assert "metadata" in details(send(serg, f"{MERGE}/merge", order, mime))
    retry = send(serg, f"/api/tasks/{job_of_serg}/retry", {"webhook_url": "gopher://x"}, mime)
    assert details(retry)["code"] == "webhook_refused"


def test_what_begins_like_json_and_is_none_is_malformed(serg: FlaskClient) -> None:
    answer = send(serg, f"{MERGE}/merge", '{"video_urls": [NaN]}')
    assert (answer.status_code, details(answer)["code"]) == (400, "malformed")


@pytest.mark.parametrize("body", ["video_urls=https://a.example", '["https://a.example"]', "", " "])
def test_anything_else_is_no_json(serg: FlaskClient, body: str) -> None:
    answer = send(serg, f"{MERGE}/merge", body)
    assert (answer.status_code, "video_urls" in details(answer)) == (422, True)


@pytest.mark.parametrize("mime", ["text/plain", "multipart/form-data", "image/jpeg"])
def test_what_is_called_something_else_is_not_read(serg: FlaskClient, mime: str) -> None:
    answer = send(serg, f"{MERGE}/merge", {"video_urls": ["gopher://a.example"]}, mime)
    assert "video_urls" in details(answer)


@UNNAMED
def test_a_session_s_cookie_still_needs_its_csrf_token(app: Flask, mime: str | None) -> None:
    """A foreign page may send such a body without asking the browser first."""
    browser = app.test_client()
    send(browser, f"{MERGE}/auth/register", ANNA)
    send(browser, "/api/login", {"username": "anna", "password": ANNA["password"]})
    csrf = browser.get_cookie("csrf_access_token")
    assert csrf is not None
    for path in (f"{MERGE}/merge", f"{MERGE}/merge/plan", f"{MERGE}/auth/create-api-key"):
        refused = send(browser, path, {"name": "stolen", "video_urls": []}, mime)
        assert (refused.status_code, details(refused)["code"]) == (401, "csrf_failed"), path
    assert browser.get(f"{MERGE}/auth/api-keys").get_json()["meta"]["total"] == 1
    browser.environ_base["HTTP_X_CSRF_TOKEN"] = csrf.value
    made = send(browser, f"{MERGE}/auth/create-api-key", {"name": "my own"}, mime)
    assert (made.status_code, made.get_json()["name"]) == (201, "my own")
