"""What an account that is switched off has left: nothing, until it is switched on again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.app import services_of
from photoai.services import Services
from tests.support import photos
from tests.support.booth import BOUNDARY, Part, form

from .admin_routes import ADMIN
from .common import register

V1 = "/api/v1/auth"
PASSWORD = "Correct-1"
Switch = Callable[[str, bool], TestResponse]


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.fixture
def switch(admin: FlaskClient, ids: dict[str, int]) -> Switch:
    def make(name: str, on: bool) -> TestResponse:
        found = admin.get(f"{ADMIN}/users?search={name}").get_json()["data"]
        answer = admin.patch(f"{ADMIN}/users/{found[0]['id']}", json={"active": on})
        assert answer.status_code == 200
        return answer

    return make


def test_tokens_refresh_tokens_keys_and_the_password_open_nothing(
    cast: dict[str, FlaskClient], switch: Switch
) -> None:
    client = cast["stranger"]
    anna = {"username": "anna", "email": "anna@example.com", "password": PASSWORD}
    key = client.post(f"{V1}/register", json=anna).get_json()["api_key"]
    login = {"email_or_username": "anna", "password": PASSWORD}
    pair = client.post(f"{V1}/login", json=login).get_json()

    def by_token() -> TestResponse:
        bearer = {"Authorization": f"Bearer {pair['access_token']}"}
        return client.get(f"{V1}/me", headers=bearer)

    def by_key() -> TestResponse:
        return client.get(f"{V1}/me", headers={"X-API-Key": key})

    def by_refresh() -> TestResponse:
        return client.post(f"{V1}/refresh", json={"refresh_token": pair["refresh_token"]})

    assert {by_token().status_code, by_key().status_code} == {200}
    switch("anna", False)
    assert code(by_key()) == (403, "account_inactive")
    assert code(client.post(f"{V1}/login", json=login)) == (403, "account_inactive")
    for ended in (by_token, by_refresh):
        assert code(ended()) == (401, "token_revoked")
    switch("anna", True)
    assert by_key().status_code == 200, "keys go on where they stopped"
    for ended in (by_token, by_refresh):
        assert code(ended()) == (401, "token_revoked"), "sessions do not"
    assert client.post(f"{V1}/login", json=login).status_code == 200


@pytest.fixture
def links(
    services: Services, cast: dict[str, FlaskClient], merge_of_serg: str, file_of_serg: str
) -> dict[str, str]:
    """Links of serg's that need no account, by what they are refused with."""
    serg = cast["serg"]
    merge = serg.get(f"/server2/videoapi/task/{merge_of_serg}").get_json()
    lent = serg.post(f"/api/v1/files/{file_of_serg}/link", json={"ttl_sec": 60}).get_json()
    token = services.secrets.link_token("result", merge_of_serg)
    found = {
        "merge_unknown": [
            merge["download_url"], merge["poster_url"],
            f"http://localhost/server2/videoapi/download/{merge_of_serg}",
        ],
        "job_unknown": [f"http://localhost/api/tasks/{merge_of_serg}/result?token={token}"],
        "file_unknown": [lent["url"]],
        "media_unknown": [register(serg).get_json()["public_url"]],
    }  # fmt: skip
    return {
        urlsplit(link)._replace(scheme="", netloc="").geturl(): refusal
        for refusal, links in found.items()
        for link in links
    }


def test_its_links_lead_nowhere(
    cast: dict[str, FlaskClient], switch: Switch, links: dict[str, str]
) -> None:
    stranger = cast["stranger"]

    def statuses() -> set[int]:
        return {stranger.get(link, buffered=True).status_code for link in links}

    assert len(links) == 6
    assert statuses() == {200}
    switch("serg", False)
    for link, refusal in links.items():
        assert code(stranger.get(link, buffered=True)) == (404, refusal), link
    switch("serg", True)
    assert statuses() == {200}


def test_its_booths_are_refused_whoever_elses_are_not(
    cast: dict[str, FlaskClient], switch: Switch
) -> None:
    client = cast["stranger"]
    operators = services_of(client.application)._credentials.operators
    passwords = {each.username: each.ingest_password for each in operators}

    def send(password: str) -> tuple[int, str]:
        parts = [Part("password", password.encode()), Part("fileToUpload", photos.jpeg(), "a.jpg")]
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return code(client.post("/ingest/slot-002", data=form(parts), content_type=kind))

    assert send(passwords["serg"]) == send(passwords["igor"]) == (409, "slot_not_configured")
    switch("serg", False)
    assert send(passwords["serg"]) == (403, "account_inactive")
    assert send(passwords["igor"]) == (409, "slot_not_configured")
    assert send("a guess") == (401, "wrong_ingest_password"), "a guess tells nothing of anybody"
    switch("igor", False)
    assert send("a guess") == (401, "wrong_ingest_password")
    switch("serg", True)
    assert send(passwords["serg"]) == (409, "slot_not_configured")
