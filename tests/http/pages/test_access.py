"""Who may see which page, and whose forms are taken."""

from __future__ import annotations

import gzip
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from photoai.app import services_of
from photoai.blueprints import pages
from photoai.blueprints.guard import issue_token
from photoai.blueprints.pages.wire import unmasked
from photoai.models import Role, User
from photoai.services.accounts import Caller
from tests.support.people import add_user

FOR_ANYBODY = [
    ("GET", "/login"), ("GET", "/register"), ("GET", "/docs"), ("GET", "/redoc"),
]  # fmt: skip
FOR_MEMBERS = [
    ("GET", "/keys"), ("POST", "/keys"), ("POST", "/keys/<key_id>/revoke"),
    ("POST", "/keys/revoke_all"), ("POST", "/logout"),
    ("GET", "/live"), ("GET", "/live/<job_id>/preview"), ("POST", "/live/<job_id>/cancel"),
    ("POST", "/live/<job_id>/retry"), ("POST", "/live/<job_id>/replay"),
    ("GET", "/merge"), ("POST", "/merge"), ("GET", "/merge/tasks"),
    ("GET", "/merge/tasks/<task_id>"), ("POST", "/merge/tasks/<task_id>/cancel"),
    ("GET", "/studio"), ("POST", "/studio"), ("GET", "/studio/tasks"),
    ("GET", "/studio/tasks/<task_id>"), ("GET", "/studio/tasks/<task_id>/log"),
    ("POST", "/studio/tasks/<task_id>/cancel"), ("POST", "/studio/tasks/<task_id>/retry"),
    ("POST", "/studio/tasks/<task_id>/keep"),
    ("GET", "/studio/files"), ("POST", "/studio/files"), ("GET", "/studio/files/<file_id>/look"),
    ("POST", "/studio/files/<file_id>/link"), ("POST", "/studio/files/<file_id>/delete"),
    ("GET", "/ascii"), ("POST", "/ascii"), ("GET", "/ascii/tasks"),
    ("GET", "/ascii/tasks/<task_id>"), ("POST", "/ascii/tasks/<task_id>/cancel"),
    ("POST", "/ascii/tasks/<task_id>/retry"),
    ("GET", "/reels"), ("POST", "/reels"), ("GET", "/reels/tasks"),
    ("GET", "/reels/tasks/<task_id>"), ("POST", "/reels/tasks/<task_id>/cancel"),
    ("POST", "/reels/tasks/<task_id>/retry"), ("POST", "/reels/tasks/<task_id>/delete"),
    ("POST", "/reels/tasks/<task_id>/burn"),
]  # fmt: skip
FOR_OPERATORS = [
    ("GET", "/slots"), ("GET", "/slots/rows"), ("GET", "/slots/<slot_id>"),
    ("POST", "/slots/<slot_id>"), ("GET", "/slots/<slot_id>/fields"),
    ("GET", "/slots/<slot_id>/ladder/<int:place>"),
    ("GET", "/slots/<slot_id>/results"),
    ("POST", "/slots/<slot_id>/history/<int:version>/restore"),
    ("GET", "/photos/<job_id>"), ("POST", "/photos/<job_id>/again"),
    ("GET", "/stats"), ("GET", "/stats/figures"), ("POST", "/stats/timeout"),
    ("POST", "/stats/<slot_id>/reset"),
    ("GET", "/live/late"), ("POST", "/live/late/done"), ("POST", "/live/late/<job_id>/done"),
    ("POST", "/live/late/undo"), ("POST", "/live/late/<job_id>/again"), ("GET", "/live/alerts"),
    ("POST", "/live/alerts/<alert_id>/acknowledge"), ("GET", "/live/money"),
    ("POST", "/live/event"), ("POST", "/live/event/end"),
    ("POST", "/live/drills"), ("POST", "/live/drills/<provider_id>/end"),
    ("POST", "/settings/summary"), ("POST", "/settings/summary/test"),
    ("GET", "/settings"), ("POST", "/settings"), ("POST", "/settings/check"),
    ("GET", "/ready"), ("POST", "/ready/check"), ("POST", "/ready/models"),
    ("GET", "/gallery"), ("GET", "/gallery/photos"), ("POST", "/gallery/zip"),
    ("POST", "/gallery/links"), ("POST", "/gallery/links/<link_id>/close"),
    ("GET", "/gallery/<job_id>/<look>"),
    ("POST", "/settings/clear_media_cache"), ("POST", "/settings/keys/<provider_id>/remove"),
]  # fmt: skip
# For whoever has the link, while it leads somewhere.
BEHIND_A_LINK = [
    ("GET", "/g/<token>"), ("GET", "/g/<token>/photos"), ("GET", "/g/<token>/before/<name>"),
    ("GET", "/g/<token>/<name>/small"), ("GET", "/g/<token>/<name>/large"),
    ("GET", "/g/<token>/<name>/photo"), ("GET", "/g/<token>/qr.svg"), ("GET", "/g/<token>/qr.png"),
]  # fmt: skip
# For whoever holds the link.
BY_LINK = [
    ("GET", "/p/<token>"), ("GET", "/p/<token>/photo"), ("GET", "/p/<token>/events"),
    ("GET", "/p/<token>/qr.svg"), ("GET", "/p/<token>/qr.png"),
]  # fmt: skip
# Without an account, but they do something.
TAKEN_FROM_ANYBODY = [("POST", "/login"), ("POST", "/register"), ("POST", "/language")]
ELSEWHERE = {"/assets/<release>/<path:name>"}


@pytest.fixture
def people(app: Flask) -> dict[str, FlaskClient]:
    """Browsers: serg, a member, and somebody nobody knows."""
    with services_of(app).database.begin() as session:
        add_user(session, "member", Role.MEMBER)
        known = {user.username: user for user in session.query(User)}
    return {"stranger": app.test_client()} | {
        name: _browser(app, known[name]) for name in ("serg", "member")
    }


def _browser(app: Flask, user: User) -> FlaskClient:
    client = app.test_client()
    with app.test_request_context():
        token = issue_token(Caller(user.id, user.username, Role(user.role)))
    client.set_cookie("access_token_cookie", token)
    client.set_cookie("csrf_access_token", csrf_of(app, token))
    return client


def csrf_of(app: Flask, token: str) -> str:
    from flask_jwt_extended import get_csrf_token

    with app.test_request_context():
        return str(get_csrf_token(token))


def csrf(client: FlaskClient) -> str:
    """As a page's form holds it."""
    page = client.get("/keys").get_data(as_text=True)
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_a_page_never_shows_the_sessions_token_as_it_is(people: dict[str, FlaskClient]) -> None:
    cookie = people["serg"].get_cookie("csrf_access_token")
    assert cookie is not None
    assert cookie.value not in people["serg"].get("/keys").get_data(as_text=True)
    assert csrf(people["serg"]) != csrf(people["serg"])
    assert unmasked(csrf(people["serg"])) == cookie.value


def test_pages_are_packed_for_whoever_takes_them_so(people: dict[str, FlaskClient]) -> None:
    packed = people["serg"].get("/slots", headers={"Accept-Encoding": "gzip"})
    plain = people["serg"].get("/slots")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 3
    assert b"slot-040" in gzip.decompress(packed.data)
    assert "Accept-Encoding" in plain.headers["Vary"]


def at(path: str) -> str:
    path = path.replace("<int:place>", "0").replace("<int:version>", "1")
    known = {"slot_id": "slot-001", "provider_id": "gemini"}
    return re.sub("<([a-z_]+)>", lambda found: known.get(found[1], "nobodys"), path)


@pytest.mark.parametrize(("method", "path"), FOR_ANYBODY)
def test_some_pages_are_for_everybody(
    people: dict[str, FlaskClient], method: str, path: str
) -> None:
    assert people["stranger"].open(at(path), method=method).status_code == 200


def test_a_link_that_leads_nowhere_is_no_page(people: dict[str, FlaskClient]) -> None:
    for method, path in BY_LINK:
        for guessed in ("x", "A" * 44, "%C3%A9", "a" * 5000):
            answer = people["serg"].open(path.replace("<token>", guessed), method=method)
            assert (answer.status_code, answer.mimetype) == (404, "text/html")
            assert "По этой ссылке фото нет" in answer.text


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), FOR_MEMBERS + FOR_OPERATORS)
def test_a_stranger_is_led_to_sign_in_and_back_and_their_forms_are_refused(
    people: dict[str, FlaskClient], method: str, path: str
) -> None:
    answer = people["stranger"].open(at(path) + "?a=1", method=method)
    if method == "POST":
        assert (answer.status_code, answer.mimetype) == (401, "text/html")
    else:
        to = urlsplit(answer.headers["Location"])
        assert (answer.status_code, to.path) == (303, "/login")
        assert parse_qs(to.query) == {"next": [at(path) + "?a=1"]}


@pytest.mark.parametrize(("method", "path"), FOR_OPERATORS)
def test_operators_pages_are_not_for_members(
    people: dict[str, FlaskClient], method: str, path: str
) -> None:
    form = {"csrf_token": csrf(people["member"])}
    answer = people["member"].open(at(path), method=method, data=form if method == "POST" else None)
    assert (answer.status_code, answer.mimetype) == (403, "text/html")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"), [each for each in FOR_MEMBERS + FOR_OPERATORS if each[0] == "POST"]
)
def test_a_form_without_the_sessions_token_is_refused(
    people: dict[str, FlaskClient], method: str, path: str
) -> None:
    for form in ({}, {"csrf_token": "guessed"}):
        answer = people["serg"].open(at(path), method=method, data=form)
        assert answer.status_code in {401, 403}
        assert b"csrf_failed" in answer.data


@pytest.mark.parametrize(("method", "path"), TAKEN_FROM_ANYBODY)
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_nobody_is_signed_in_from_another_site(
    people: dict[str, FlaskClient], method: str, path: str, headers: dict[str, str]
) -> None:
    form = {"username": "serg", "password": "x", "lang": "en"}
    answer = people["stranger"].open(path, method=method, data=form, headers=headers)
    assert answer.status_code in {401, 403}
    assert "lang=en" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_way_back_leads_nowhere_else(app: Flask, next_: str) -> None:
    from photoai.blueprints.pages.page import local_path

    assert local_path(next_) is None


def test_every_page_is_in_the_table_above(app: Flask) -> None:
    names = {family.blp.name for family in pages.FAMILIES}
    found = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in names and rule.rule not in ELSEWHERE
        for method in rule.methods or () if method in {"GET", "POST"}
    }  # fmt: skip
    assert found == {
        *FOR_ANYBODY, *FOR_MEMBERS, *FOR_OPERATORS, *BEHIND_A_LINK, *BY_LINK, *TAKEN_FROM_ANYBODY,
    }  # fmt: skip


def test_a_guessed_link_leads_nowhere_whoever_follows_it(people: dict[str, FlaskClient]) -> None:
    for method, path in BEHIND_A_LINK:
        for name, client in people.items():
            answer = client.open(at(path), method=method)
            assert (answer.status_code, answer.mimetype) == (404, "text/html"), (name, path)


def test_pages_carry_a_policy_without_exceptions_for_scripts(
    people: dict[str, FlaskClient],
) -> None:
    for path in ("/login", "/docs", "/redoc"):
        policy = people["stranger"].get(path).headers["Content-Security-Policy"]
        script = next(each for each in policy.split("; ") if each.startswith("script-src"))
        assert script == "script-src 'self'"
    assert "unsafe" not in people["stranger"].get("/login").headers["Content-Security-Policy"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"),
    [each for each in FOR_MEMBERS + FOR_OPERATORS if "<" in each[1] and "slot" not in each[1]],
)
def test_what_is_not_there_or_not_ones_own_is_a_page_that_says_so(
    people: dict[str, FlaskClient], method: str, path: str
) -> None:
    form = {"csrf_token": csrf(people["serg"])} if method == "POST" else None
    answer = people["serg"].open(at(path), method=method, data=form)
    assert answer.mimetype == "text/html"
    assert answer.status_code == 404 or "gemini" in at(path)


@pytest.mark.slow
@pytest.mark.parametrize("query", ["_scheme=x", "_external=1&_anchor=a", "endpoint=x", "values=1"])
def test_whatever_stands_in_a_query_is_no_fault_of_ours(
    people: dict[str, FlaskClient], query: str
) -> None:
    for _, path in FOR_OPERATORS + FOR_MEMBERS:
        if path in {
            "/slots",
            "/stats",
            "/settings",
            "/live",
            "/gallery",
            "/merge",
            "/studio",
            "/ascii",
            "/reels",
            "/keys",
        }:
            page = people["serg"].get(f"{path}?{query}")
            assert page.status_code == 200, path
            assert "x://" not in page.text


def test_what_went_wrong_inside_is_a_page_too(app: Flask, people: dict[str, FlaskClient]) -> None:
    def breaks(**_: object) -> None:
        raise RuntimeError("a secret")

    app.view_functions["docs_pages.swagger"] = breaks
    answer = people["stranger"].get("/docs")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "a secret" not in answer.text


def test_a_page_of_somebody_is_kept_nowhere(people: dict[str, FlaskClient]) -> None:
    assert people["serg"].get("/slots").headers["Cache-Control"] == "no-store"


def test_assets_are_kept_for_ever_and_packed(people: dict[str, FlaskClient]) -> None:
    page = people["stranger"].get("/login").get_data(as_text=True)
    address = next(part for part in page.split('"') if part.endswith("app.css"))
    answer = people["stranger"].get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    old = people["stranger"].get("/assets/000000000000/css/app.css")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    for outside in ("../app.py", "viewers/swagger/../../../app.py", "css/none.css"):
        assert people["stranger"].get(f"/assets/x/{outside}").status_code == 404


def test_the_root_is_a_page_for_browsers_and_json_for_programs_that_ask(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/", headers={"Accept": "application/json"}).get_json()["version"]
    assert client.get("/", headers={"Accept": "*/*"}).mimetype == "text/html"
    assert client.get("/nowhere").mimetype == "application/json"
    assert client.get("/nowhere", headers={"Accept": "text/html"}).mimetype == "text/html"


def test_links_of_a_page_under_the_mount_stay_under_it(app: Flask) -> None:
    page = app.test_client().get("/scotch/login").get_data(as_text=True)
    assert 'action="/scotch/login"' in page
    assert 'data-base="/scotch"' in page
