"""Members over a real server: first of many at once, streams that end with their key, commands."""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text

from photoai.config import ROOT
from tests.support.listener import Listener
from tests.support.postgres import Postgres
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MERGE, V1 = "/scotch/server2/videoapi/auth", "/api/v1/auth"
AT_ONCE = 6
PASSWORD = "Correct-1"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(
    request: pytest.FixtureRequest, make_server: Callable[..., Server], postgres: Postgres
) -> Iterator[Server]:
    there = {} if request.param == "sqlite" else {"DATABASE_URL": postgres.create_database()}
    with make_server(LIVE_HEARTBEAT_SEC="1", **there) as running:
        yield running


@pytest.fixture
def member(house: Server) -> Iterator[Client]:
    """Somebody new, by key."""
    client = house.session(None)
    client.headers["Authorization"] = f"Bearer {register(client, new_name()).json()['api_key']}"
    yield client
    client.close()


def new_name() -> str:
    return f"member-{datetime.now(UTC).timestamp()}"


def register(client: Client, name: str) -> requests.Response:
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    return client.post(f"{MERGE}/register", json=body)


def all_at_once(house: Server, ask: Callable[[Client], requests.Response]) -> list[int]:
    start = threading.Barrier(AT_ONCE, timeout=10)

    def one(_: int) -> int:
        with house.session(None) as client:
            start.wait()
            return ask(client).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(one, range(AT_ONCE)))


def test_of_many_registrations_of_one_name_at_once_one_is_made(house: Server) -> None:
    name = new_name()
    assert all_at_once(house, lambda client: register(client, name)) == [201] + [409] * 5


def test_of_many_refreshes_with_one_token_one_is_answered(house: Server) -> None:
    with house.session(None) as client:
        name = new_name()
        register(client, name)
        login = {"email_or_username": name, "password": PASSWORD}
        pair = client.post(f"{V1}/login", json=login).json()
        body = {"refresh_token": pair["refresh_token"]}
        answers = all_at_once(house, lambda each: each.post(f"{V1}/refresh", json=body))
        assert answers == [200] + [401] * 5
        client.headers["Authorization"] = f"Bearer {pair['access_token']}"
        assert client.get(f"{V1}/me").json()["error"]["code"] == "token_revoked"


def test_a_stream_by_key_lives_until_the_key_is_revoked(house: Server, member: Client) -> None:
    with Listener(house, member) as heard:
        heard.wait_until_it_began()
        wait_until(lambda: heard.comments > 1, 10, "it goes on")
        assert member.delete(f"{MERGE}/api-keys").json() == {"revoked": 1}
        wait_until(lambda: heard.ended, 5, "the stream ends")


def test_a_stream_by_key_ends_when_the_key_expires(house: Server, member: Client) -> None:
    key_id = member.get(f"{MERGE}/verify").json()["key"]["id"]
    change(
        house,
        "UPDATE api_key SET expires_at = :soon WHERE id = :id",
        id=key_id,
        soon=(datetime.now(UTC) + timedelta(seconds=2.5)).strftime("%Y-%m-%d %H:%M:%S.%f"),
    )
    with Listener(house, member) as heard:
        heard.wait_until_it_began()
        wait_until(lambda: heard.ended, 6, "the stream ends")
    assert member.get("/api/tasks").json()["error"]["code"] == "key_expired"


def test_a_stream_ends_when_its_account_is_switched_off(house: Server, member: Client) -> None:
    name = member.get(f"{MERGE}/verify").json()["username"]
    with Listener(house, member) as heard:
        heard.wait_until_it_began()
        change(house, "UPDATE user_account SET active = false WHERE username = :name", name=name)
        wait_until(lambda: heard.ended, 5, "the stream ends")
    assert member.get("/api/tasks").status_code == 403


def change(house: Server, statement: str, **values: Any) -> None:
    url = house.environment()["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def command(house: Server, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "photoai", *map(str, words)],
        cwd=ROOT, env=house.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_an_administrator_is_made_and_given_a_new_password(house: Server) -> None:
    first, second = (command(house, "create-admin", "root-of-all") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout != second.stdout
    with house.session(None) as client:
        for made, status in ((first, 401), (second, 200)):
            body = {"username": "root-of-all", "password": made.stdout.strip()}
            answer = client.post(f"{MERGE}/login", json=body)
            assert answer.status_code == status
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        me = client.get(f"{V1}/me").json()
        assert (me["role"], me["limits"]["merges_per_day"]) == ("admin", None)
        command(house, "create-admin", "root-of-all")
        assert client.get(f"{V1}/me").json()["error"]["code"] == "token_revoked"
    assert second.stdout.strip() not in house.log


def test_nobody_elses_account_becomes_an_administrators(house: Server, member: Client) -> None:
    name = member.get(f"{MERGE}/verify").json()["username"]
    refused = command(house, "create-admin", name.upper())
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "taken" in refused.stderr


def test_the_old_services_accounts_are_taken_over_by_command(house: Server, tmp_path: Path) -> None:
    name, key = new_name(), secrets.token_urlsafe(24)
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"scotch_salt_2024", 100000)
    users, keys = tmp_path / "users.json", tmp_path / "api_keys.json"
    users.write_text(json.dumps({name: {"password": salted.hex(), "plan": "pro"}, "serg": {}}))
    digest = hashlib.sha256(key.encode()).hexdigest()
    keys.write_text(json.dumps({digest: {"user": name}}))
    done = command(house, "import-legacy", "--users", users, "--keys", keys)
    assert done.stdout.splitlines() == [
        "1 users and 1 keys were taken over.",
        "skipped: user serg has no password hash of the old service's form",
    ]
    again = command(house, "import-legacy", "--users", users, "--keys", keys)
    assert again.stdout.startswith("0 users and 0 keys")
    with house.session(None) as client:
        body = {"username": name, "password": PASSWORD}
        assert client.post(f"{MERGE}/login", json=body).status_code == 200
        who = client.get(f"{MERGE}/verify", headers={"X-API-Key": key}).json()
        assert (who["username"], who["plan"]) == (name, "pro")


def test_the_servers_log_holds_no_secret_of_a_member(house: Server) -> None:
    with house.session(None) as client:
        name = new_name()
        key = register(client, name).json()["api_key"]
        login = {"email_or_username": name, "password": PASSWORD}
        pair = client.post(f"{V1}/login", json=login).json()
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
            assert client.get(f"{V1}/me", headers=headers).status_code == 200
        assert client.get(f"{V1}/me", headers={"X-API-Key": "a-wrong-key"}).status_code == 401
        log = house.log
    assert f'"{name}"' in log
    for secret in (key, PASSWORD, "a-wrong-key", pair["access_token"], pair["refresh_token"]):
        assert secret not in log
