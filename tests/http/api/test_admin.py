"""Accounts and the audit log over HTTP: what is found, what is shown, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.app import services_of
from photoai.models import Role, User
from photoai.services import Services
from photoai.services.accounts import LIMITS
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states

from .admin_routes import ADMIN


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def names(admin: FlaskClient, query: str) -> list[str]:
    body = admin.get(f"{ADMIN}/users?{query}").get_json()
    assert body["meta"]["total"] >= len(body["data"])
    return [user["username"] for user in body["data"]]


SEARCHES = [
    ("", ["admin", "igor", "inactive", "member", "serg"]),
    ("sort=-username&page_size=2", ["serg", "member"]),
    ("page=2&page_size=2", ["inactive", "member"]),
    ("sort=created_at", ["serg", "igor", "member", "inactive", "admin"]),
    ("role=operator", ["igor", "serg"]),
    ("active=false", ["inactive"]),
    ("active=true&role=member", ["member"]),
    ("plan=free", ["inactive", "member"]),
    ("plan=enterprise", ["admin", "igor", "serg"]),
    ("search=MEMBER", ["member"]),
    ("search=%40example", ["admin", "inactive", "member"]),
    ("search=_", []),
    ("search=%25", []),
]


def test_accounts_are_searched_and_sorted(admin: FlaskClient) -> None:
    for query, found in SEARCHES:
        assert names(admin, query) == found, query


NO_WISHES = [
    ("users?role=king", "role"),
    ("users?active=perhaps", "active"),
    ("users?plan=gold", "plan"),
    ("users?sort=password_hash", "sort"),
    ("users?page=0", "page"),
    ("users?page_size=101", "page_size"),
    ("tasks?user=nobody", "user"),
    ("tasks?user=3000000000", "user"),
    ("tasks?state=lost", "state"),
    ("tasks?page=1001&page_size=100", "page"),
    ("audit?action=nothing", "action"),
]


def test_what_cannot_be_asked_for_is_422_and_named(admin: FlaskClient) -> None:
    for path, field in NO_WISHES:
        answer = admin.get(f"{ADMIN}/{path}")
        assert answer.status_code == 422, path
        assert list(answer.get_json()["error"]["details"]) == [field]


NO_RANGES = [
    ("usage?from=yesterday", "from"),
    ("usage?from=2026-01-02T00:00:00Z", "from"),
    ("usage?from=2026-01-02&to=2026-01-01", "to"),
    ("usage?from=2025-01-01&to=2025-04-03", "to"),
    ("usage?from=9999-12-31&to=9999-12-31", "to"),
    ("usage?to=0001-01-01&from=0001-01-02", "to"),
    ("audit?from=now", "from"),
    ("audit?to=9999-12-31", "to"),
]


def test_ranges_that_cannot_be_are_400_and_named(admin: FlaskClient) -> None:
    for path, field in NO_RANGES:
        answer = admin.get(f"{ADMIN}/{path}")
        assert code(answer) == (400, "range_invalid"), path
        assert list(answer.get_json()["error"]["details"]) == [field]


@pytest.fixture
def old_job_of_serg(services: Services, ids: dict[str, int]) -> str:
    with services.database.begin() as session:
        old = JobDraft("old", ids["serg"], "photo", utcnow() - timedelta(hours=25))
        return states.insert_done(session, old, key=None, facts={}).public_id


def test_an_account_is_shown_with_its_limits_and_what_it_uses(
    admin: FlaskClient, ids: dict[str, int], old_job_of_serg: str, file_of_serg: str,
    job_of_serg: str, merge_of_serg: str,
) -> None:  # fmt: skip
    shown = admin.get(f"{ADMIN}/users/{ids['serg']}").get_json()
    assert shown in admin.get(f"{ADMIN}/users").get_json()["data"]
    usage = shown["usage"]
    assert (usage["files"], usage["size_bytes"]) == (1, 9)
    assert usage["limit_bytes"] == shown["limits"]["storage_mb"] * 1_000_000
    assert (usage["jobs_open"], usage["jobs_today"]) == (1, 2)
    assert (usage["merges_running"], usage["merges_today"]) == (0, 1)
    assert set(shown["limits"]) == set(LIMITS)
    assert (shown["role"], shown["plan"], shown["quotas"]) == ("operator", "enterprise", {})
    assert (shown["active"], shown["last_sign_in_at"], shown["version"]) == (True, None, 1)


def test_the_last_sign_in_is_known(
    admin: FlaskClient, services: Services, ids: dict[str, int]
) -> None:
    before = utcnow()
    password = services.registrations.appoint_administrator("root")
    services.accounts.authenticate("root", password)
    (root,) = admin.get(f"{ADMIN}/users?search=root").get_json()["data"]
    assert before.isoformat() <= root["last_sign_in_at"].replace("Z", "+00:00")
    assert names(admin, "sort=-last_sign_in_at")[0] == "root", "who never did comes last"
    assert names(admin, "sort=last_sign_in_at")[0] == "root"


def test_each_number_of_a_plan_can_be_an_accounts_own(
    admin: FlaskClient, ids: dict[str, int]
) -> None:
    path = f"{ADMIN}/users/{ids['member']}"
    before = admin.get(path).get_json()["limits"]
    assert set(before) == set(LIMITS)
    for limit in LIMITS:
        changed = admin.patch(path, json={"quotas": {limit: 3}}).get_json()
        assert changed["quotas"] == {limit: 3}
        assert changed["limits"] == before | {limit: 3}
        taken_back = admin.patch(path, json={"quotas": {limit: None}}).get_json()
        assert (taken_back["quotas"], taken_back["limits"]) == ({}, before)


NO_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"active": "no"}, "active"),
    ({"active": None}, "active"),
    ({"plan": "gold"}, "plan"),
    ({"role": "admin"}, "role"),
    ({"username": "king"}, "username"),
    ({"quotas": {"merges_per_day": -1}}, "quotas.merges_per_day"),
    ({"quotas": {"merges_per_day": 10**10}}, "quotas.merges_per_day"),
    ({"quotas": {"merges_per_day": "5"}}, "quotas.merges_per_day"),
    ({"quotas": {"wishes": 3}}, "quotas.wishes"),
    ({"quotas": {"name": 3}}, "quotas.name"),
    ({"quotas": []}, "quotas"),
    ({"version": 0}, "version"),
]


def test_a_change_that_cannot_be_is_422_and_leaves_no_trace(
    admin: FlaskClient, ids: dict[str, int]
) -> None:
    path = f"{ADMIN}/users/{ids['member']}"
    for body, field in NO_CHANGES:
        answer = admin.patch(path, json={"plan": "pro"} | body)
        assert answer.status_code == 422, body
        assert list(answer.get_json()["error"]["details"]) == [field]
    assert admin.get(path).get_json()["plan"] == "free"
    assert admin.get(f"{ADMIN}/audit").get_json()["meta"]["total"] == 0


def test_refusals_have_codes_and_no_entries(
    admin: FlaskClient, ids: dict[str, int], app: Flask
) -> None:
    def refused(name: str, **body: Any) -> tuple[int, str]:
        return code(admin.patch(f"{ADMIN}/users/{ids[name]}", json=body))

    assert refused("admin", active=False) == (409, "last_administrator")
    assert refused("serg", plan="pro") == (409, "plan_fixed")
    assert refused("member", plan="pro", version=7) == (409, "account_changed")
    for path in ("users/9999", "users/2147483647"):
        assert code(admin.patch(f"{ADMIN}/{path}", json={})) == (404, "user_unknown")
    for path in ("users/2147483648", "users/-1", "users/serg", "users/" + "9" * 40):
        assert code(admin.get(f"{ADMIN}/{path}")) == (404, "not_found")
    assert code(admin.delete(f"{ADMIN}/tasks/nobodys")) == (404, "job_unknown")
    assert admin.get(f"{ADMIN}/audit").get_json()["meta"]["total"] == 0


def test_entries_can_only_be_read(admin: FlaskClient, ids: dict[str, int]) -> None:
    admin.patch(f"{ADMIN}/users/{ids['member']}", json={"plan": "pro"})
    for method in ("PUT", "PATCH", "POST", "DELETE"):
        assert code(admin.open(f"{ADMIN}/audit", method=method)) == (405, "method_not_allowed")
        assert code(admin.open(f"{ADMIN}/audit/1", method=method)) == (404, "not_found")
    assert admin.get(f"{ADMIN}/audit").get_json()["meta"]["total"] == 1


def test_an_entry_names_the_request_that_is_in_the_log(
    admin: FlaskClient, ids: dict[str, int]
) -> None:
    path = f"{ADMIN}/users/{ids['member']}"
    admin.patch(path, json={"plan": "pro"}, headers={"X-Request-Id": "the-one"})
    (entry,) = admin.get(f"{ADMIN}/audit?target=member&actor=admin").get_json()["data"]
    assert entry["request_id"] == "the-one"
    assert entry["address"] == "127.0.0.1"
    assert entry["actor"] == {"id": ids["admin"], "username": "admin", "role": "admin"}
    assert (entry["before"], entry["after"]) == ({"plan": "free"}, {"plan": "pro"})
    today = entry["at"][:10]
    assert admin.get(f"{ADMIN}/audit?from={today}&to={today}").get_json()["data"] == [entry]
    assert not admin.get(f"{ADMIN}/audit?to=2026-01-01").get_json()["data"]


def test_what_the_command_line_does_is_written_down_too(
    admin: FlaskClient, services: Services
) -> None:
    for _ in range(2):
        services.registrations.appoint_administrator("root")
    renewed, made = admin.get(f"{ADMIN}/audit?actor=command%20line").get_json()["data"]
    assert (made["action"], made["after"]) == ("administrator.made", {"role": "admin"})
    assert renewed["action"] == "administrator.password_renewed"
    assert renewed["before"]["sessions_since"] < renewed["after"]["sessions_since"]
    for entry in (made, renewed):
        assert entry["actor"] == {"id": None, "username": "command line", "role": None}
        assert (entry["target_name"], entry["address"]) == ("root", None)


def test_signing_out_ends_a_session_and_the_keys_when_asked_to(
    admin: FlaskClient, cast: dict[str, FlaskClient], ids: dict[str, int]
) -> None:
    path = f"{ADMIN}/users/{ids['member']}/sign-out"
    assert admin.post(path).get_json() == {"keys_revoked": 0}
    assert code(cast["member"].get("/api/tasks")) == (401, "token_revoked")
    assert cast["member_key"].get("/api/tasks").status_code == 200
    assert admin.post(path, json={"keys": True}).get_json() == {"keys_revoked": 2}
    assert code(cast["member_key"].get("/api/tasks")) == (401, "key_revoked")


def test_a_key_of_an_administrator_who_is_one_no_more_opens_nothing(
    app: Flask, cast: dict[str, FlaskClient], ids: dict[str, int]
) -> None:
    services = services_of(app)
    with services.database.begin() as session:
        session.get_one(User, ids["admin"]).role = Role.MEMBER
    for name in ("admin", "admin_key"):
        assert code(cast[name].get(f"{ADMIN}/users")) == (403, "administrators_only")
