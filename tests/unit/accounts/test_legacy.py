"""Accounts and keys of the old merge service, hashed here as it hashed them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from photoai.errors import AccountInactive, BadCredentials, ConfigError, KeyRevoked
from photoai.models import ApiKey, Role, User
from photoai.services import Services
from photoai.services.accounts import NewAccount
from photoai.services.accounts.legacy import LegacyImport, Report

pytestmark = pytest.mark.slow

PASSWORD, KEY = "Correct-1", "an-old-key-of-forty-three-characters-in-all"


def old_hash(password: str) -> str:
    """As seed 000 has it."""
    salt = "scotch_salt_2024"
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 100000).hex()


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


ANNA = {
    "password": old_hash(PASSWORD), "email": "Anna@example.com", "plan": "pro",
    "created_at": "2024-05-06T07:08:09",
}  # fmt: skip


@pytest.fixture
def run(services: Services, tmp_path: Path) -> Any:
    def run(users: Any, keys: Any = None) -> Report:
        users_file, keys_file = tmp_path / "users.json", tmp_path / "api_keys.json"
        users_file.write_text(json.dumps(users))
        keys_file.write_text(json.dumps(keys or {}))
        return LegacyImport(services.database).run(users_file, keys_file if keys else None)

    return run


def user(services: Services, name: str) -> User:
    with services.database.read() as session:
        return session.query(User).filter_by(username=name).one()


@pytest.mark.parametrize("field", ["password", "password_hash", "hashed_password"])
@pytest.mark.parametrize("as_list", [False, True])
def test_an_old_password_signs_in_and_gets_a_hash_of_its_own(
    services: Services, run: Any, field: str, as_list: bool
) -> None:
    entry = {**ANNA, field: ANNA["password"]}
    if field != "password":
        del entry["password"]
    report = run([{"username": "Anna", **entry}] if as_list else {"Anna": entry})
    assert (report.taken, report.skipped) == ({"users": 1}, [])
    imported = user(services, "Anna")
    assert (imported.role, imported.plan, imported.email) == (
        Role.MEMBER, "pro", "anna@example.com",
    )  # fmt: skip
    assert imported.created_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    with pytest.raises(BadCredentials):
        services.accounts.authenticate("Anna", "wrong")
    assert user(services, "Anna").password_hash == imported.password_hash
    for _ in range(2):
        assert services.accounts.authenticate("Anna", PASSWORD).username == "Anna"
    renewed = user(services, "Anna").password_hash
    assert renewed.startswith("scrypt:")
    assert "scotch_salt" not in renewed


def test_an_old_key_opens_what_it_opened(services: Services, run: Any) -> None:
    entry = {"user": "anna", "name": "bot", "created_at": 1714979289, "expires_at": "2099-01-01"}
    report = run({"Anna": ANNA}, {key_hash(KEY): entry})
    assert report.taken == {"users": 1, "keys": 1}
    caller, bearer = services.keys.bearer(KEY)
    assert (caller.username, bearer.is_key) == ("Anna", True)
    assert bearer.expires_at == datetime(2099, 1, 1, tzinfo=UTC)
    row = services.keys.get(caller, bearer.token_id)
    assert (row.name, row.prefix) == ("bot", "")


@pytest.mark.parametrize("dead", [{"is_active": False}, {"revoked": True}])
@pytest.mark.parametrize("owner", ["user", "username", "user_id"])
def test_a_key_that_was_dead_stays_dead(
    services: Services, run: Any, dead: dict[str, Any], owner: str
) -> None:
    run({"Anna": ANNA}, [{"key_hash": key_hash(KEY).upper(), owner: "Anna", **dead}])
    with pytest.raises(KeyRevoked):
        services.keys.bearer(KEY)


def test_a_key_without_an_end_gets_one(services: Services, run: Any) -> None:
    run({"Anna": ANNA}, {key_hash(KEY): {"user": "Anna"}})
    _, bearer = services.keys.bearer(KEY)
    assert 364 <= (bearer.expires_at - datetime.now(UTC)).days <= 365


def test_an_account_that_was_switched_off_stays_off(services: Services, run: Any) -> None:
    run({"Anna": {**ANNA, "is_active": False}})
    with pytest.raises(AccountInactive):
        services.accounts.authenticate("Anna", PASSWORD)


def test_a_second_run_takes_over_only_what_is_new(services: Services, run: Any) -> None:
    keys = {key_hash(KEY): {"user": "Anna"}}
    run({"Anna": ANNA}, keys)
    services.accounts.authenticate("Anna", PASSWORD)  # her hash is another one now
    keys[key_hash("another")] = {"user": "Anna"}
    report = run({"Anna": ANNA, "Boris": ANNA | {"email": None}}, keys)
    assert report.taken == {"users": 1, "keys": 1}
    assert report.skipped == [
        ("user Anna", "is here already"),
        (f"key {key_hash(KEY)[:8]}…", "is here already"),
    ]


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("serg", {}, "the name belongs to another account"),
        ("Taken", {}, "the name belongs to another account"),
        ("Anna", {"email": "taken@example.com"}, "the email belongs to another account"),
        ("Анна", {}, "is no name that is taken here"),
        ("anna@b.ru", {}, "is no name that is taken here"),
        ("Anna", {"password": "Correct-1"}, "has no password hash"),
        ("Anna", {"password": None}, "has no password hash"),
        ("Anna", {"email": "nowhere"}, "has an email that is none"),
        ("Anna", {"created_at": "yesterday"}, "has in created_at what is no time"),
        ("Anna", {"created_at": 1e300}, "has in created_at what is no time"),
    ],
)
def test_what_cannot_be_taken_over_is_named_and_its_keys_open_nothing(
    services: Services, run: Any, name: str, change: dict[str, Any], reason: str
) -> None:
    services.registrations.register(NewAccount("Taken", "taken@example.com", PASSWORD))
    report = run({name: ANNA | change}, {key_hash(KEY): {"user": name}})
    assert not +report.taken
    (who, why), (_, no_owner) = report.skipped
    assert who == f"user {name}"
    assert why.startswith(reason)
    assert no_owner == "belongs to no account of the users' file"
    with services.database.read() as session:
        assert session.query(ApiKey).filter_by(digest=key_hash(KEY)).all() == []


@pytest.mark.parametrize(
    ("digest", "entry", "reason"),
    [
        ("short", {"user": "Anna"}, "is no SHA-256 in hex"),
        (key_hash(KEY), {}, "belongs to no account of the users' file"),
        (key_hash(KEY), "nonsense", "belongs to no account of the users' file"),
        (
            key_hash(KEY),
            {"user": "Anna", "expires_at": "soon"},
            "has in expires_at what is no time",
        ),
    ],
)
def test_a_key_that_cannot_be_taken_over_is_named(
    run: Any, digest: str, entry: Any, reason: str
) -> None:
    assert [why for _, why in run({"Anna": ANNA}, {digest: entry}).skipped] == [reason]


@pytest.mark.parametrize("text", ["{", '"users"', "5"])
def test_a_file_of_another_form_is_refused_whole(
    services: Services, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "users.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"users\.json"):
        LegacyImport(services.database).run(file)
