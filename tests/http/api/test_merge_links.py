"""Who gets a merged video: by its number, by a signed link, as its owner."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.app import create_app, services_of
from photoai.blueprints.merge_view import DOWNLOAD
from photoai.config import Config
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.merges import MERGE

from .conftest import POSTER, VIDEO
from .merge_routes import LIVING

BASE = "/server2/videoapi"
LINKS = {f"{BASE}/download/merge-of-serg": VIDEO, f"{BASE}/poster/merge-of-serg": POSTER}
ALLOWED_MISSES = 30
pytestmark = pytest.mark.usefixtures("merge_of_serg")


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.fixture
def signature(cast: dict[str, FlaskClient]) -> str:
    """The one its owner is given."""
    link = cast["serg"].get(f"{BASE}/task/merge-of-serg").get_json()["download_url"]
    return parse_qs(urlsplit(link).query)["signature"][0]


@pytest.fixture
def expired(services: Services) -> str:
    past = utcnow() - timedelta(seconds=1)
    return services.secrets.expiring_token(DOWNLOAD, "merge-of-serg", past)


@pytest.fixture
def another(config: Config, app: Flask) -> Iterator[Callable[..., Flask]]:
    """The same house with other settings."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        made.append(create_app(dataclasses.replace(config, **changes)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        services_of(each).shut_down()


def test_its_number_is_enough_but_a_forged_or_dead_link_is_not(
    cast: dict[str, FlaskClient], signature: str, expired: str
) -> None:
    nobody = cast["stranger"]
    for path, content in LINKS.items():
        assert nobody.get(path, buffered=True).data == content
        assert nobody.get(f"{path}?signature={signature}", buffered=True).data == content
        for forged in ("", "forged", signature[:-1], f"{signature}x", "ы" * 600):
            answer = nobody.get(path, query_string={"signature": forged}, buffered=True)
            assert answer.status_code in {403, 422}, forged
        assert code(nobody.get(f"{path}?signature={expired}", buffered=True)) == (
            410,
            "link_expired",
        )


def test_a_link_opens_one_merge_only(
    cast: dict[str, FlaskClient], services: Services, signature: str
) -> None:
    other = services.secrets.expiring_token(DOWNLOAD, "another", utcnow() + timedelta(hours=1))
    path = f"{BASE}/download/merge-of-serg"
    assert code(cast["stranger"].get(f"{path}?signature={other}", buffered=True)) == (
        403,
        "link_forged",
    )
    file_link = services.secrets.expiring_token("file", "merge-of-serg", utcnow() + timedelta(1))
    assert code(cast["stranger"].get(f"{path}?signature={file_link}", buffered=True)) == (
        403,
        "link_forged",
    )


def test_where_links_must_be_signed_only_they_and_the_owner_s_credentials_open(
    another: Callable[..., Flask], cast: dict[str, FlaskClient], signature: str, expired: str
) -> None:
    strict = another(downloads_require_signature=True).test_client(use_cookies=False)

    def get(path: str, name: str = "stranger", **query: str) -> TestResponse:
        bearer = cast[name].environ_base.get("HTTP_AUTHORIZATION")
        headers = {"Authorization": bearer} if bearer else {}
        return strict.get(path, query_string=query, headers=headers, buffered=True)

    for path, content in LINKS.items():
        assert code(get(path)) == (403, "link_forged")
        assert code(get(path, signature="forged")) == (403, "link_forged")
        assert code(get(path, signature=expired)) == (410, "link_expired")
        assert get(path, signature=signature).data == content
        assert get(path, "serg").data == content
        for name in ("igor", "admin", "member", "member_key"):
            assert code(get(path, name)) == (404, "merge_unknown"), name
            assert get(path, name, signature=signature).data == content
        for name, status in (("revoked_key", 401), ("expired_key", 401), ("inactive", 403)):
            assert get(path, name).status_code == status
            assert get(path, name).get_json()["error"]["code"] != "link_forged"
    nowhere = f"{BASE}/download/task_1_1"
    assert code(get(nowhere)) == (403, "link_forged"), "nothing tells what exists"
    assert code(get(nowhere, "serg")) == (404, "merge_unknown")


def test_an_owner_s_key_opens_it_as_well_in_its_own_header(
    another: Callable[..., Flask], services: Services, cast: dict[str, FlaskClient]
) -> None:
    strict = another(downloads_require_signature=True).test_client(use_cookies=False)
    made = cast["serg"].post(f"{BASE}/auth/create-api-key", json={}).get_json()
    for path, content in LINKS.items():
        assert (
            strict.get(path, headers={"X-API-Key": made["api_key"]}, buffered=True).data == content
        )
        assert code(strict.get(path, headers={"X-API-Key": "wrong"}, buffered=True)) == (
            401,
            "wrong_api_key",
        )


def test_who_guesses_numbers_is_stopped_and_shuts_out_nobody_with_a_link(
    another: Callable[..., Flask], signature: str
) -> None:
    guarded = another(rate_limit_enabled=True).test_client()
    for number in range(ALLOWED_MISSES):
        answer = guarded.get(f"{BASE}/download/task_1_{number:04}", buffered=True)
        assert code(answer) == (404, "merge_unknown")
    path = f"{BASE}/download/merge-of-serg"
    for guess in (path, f"{BASE}/poster/task_2_0001"):
        refused = guarded.get(guess, buffered=True)
        assert code(refused) == (429, "too_many_misses")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert guarded.get(f"{path}?signature={signature}", buffered=True).data == VIDEO


def test_who_guesses_shuts_out_no_owner_who_comes_with_a_key_from_the_same_address(
    another: Callable[..., Flask], cast: dict[str, FlaskClient]
) -> None:
    guarded = another(rate_limit_enabled=True).test_client(use_cookies=False)

    def get(path: str, name: str) -> TestResponse:
        headers = {"Authorization": cast[name].environ_base["HTTP_AUTHORIZATION"]}
        return guarded.get(path, headers=headers, buffered=True)

    for path, content in LINKS.items():
        for name in (*LIVING, "revoked_key", "expired_key", "inactive"):
            assert get(path, name).data == content, "the number is enough, whoever says it"
    for number in range(ALLOWED_MISSES):
        answer = get(f"{BASE}/download/task_1_{number:04}", "member_key")
        assert code(answer) == (404, "merge_unknown")
    for path, content in LINKS.items():
        assert get(path, "serg").data == content
        for name in ("member_key", "igor", "revoked_key"):
            assert code(get(path, name)) == (429, "too_many_misses"), name
    wrong = {"X-API-Key": "wrong"}
    for _ in range(ALLOWED_MISSES):
        assert code(guarded.get(path, headers=wrong, buffered=True)) == (429, "too_many_misses")
    assert get(path, "serg").data == content


def test_what_is_not_ready_or_gone_or_no_merge_says_so(
    cast: dict[str, FlaskClient], services: Services, config: Config, job_of_serg: str
) -> None:
    serg = cast["serg"]
    with services.database.begin() as session:
        owner = services.merges.public("merge-of-serg").user_id
        states.insert(session, JobDraft("waiting", owner, MERGE, utcnow()))
    answer = serg.get(f"{BASE}/download/waiting", buffered=True)
    assert code(answer) == (409, "job_not_finished")
    assert answer.get_json()["error"]["details"] == {"status": "starting"}
    for way in ("task", "download", "poster"):
        assert code(serg.get(f"{BASE}/{way}/{job_of_serg}", buffered=True)) == (
            404,
            "merge_unknown",
        )
    for key in ("results/merge-of-serg.1.mp4", "posters/merge-of-serg.1.mp4.jpg"):
        services.store.delete(key)
    for path in LINKS:
        assert code(serg.get(path, buffered=True)) == (410, "result_gone")
