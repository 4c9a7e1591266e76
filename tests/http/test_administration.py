"""Administration over real servers: what ends at once, whichever process is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support import photos
from tests.support.fleet import Fleet
from tests.support.listener import Listener
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

from .test_members import command, new_name, register

pytestmark = pytest.mark.slow

ADMIN = "/api/v1/admin"
# Much shorter than the time after which streams are looked at anyway.
AT_ONCE_SEC, HEARTBEAT_SEC = 4, "60"
House = tuple[Server, Server]


@pytest.fixture(scope="module", params=["one process", "two of them"])
def house(
    request: pytest.FixtureRequest,
    make_server: Callable[..., Server],
    make_fleet: Callable[..., Fleet],
) -> Iterator[House]:
    """Where administrators work, and where the others are."""
    if request.param == "one process":
        with make_server(LIVE_HEARTBEAT_SEC=HEARTBEAT_SEC) as server:
            yield server, server
    else:
        with make_fleet(webs=2, workers=0, LIVE_HEARTBEAT_SEC=HEARTBEAT_SEC) as fleet:
            yield fleet.webs[0], fleet.webs[1]


@pytest.fixture(scope="module")
def admin(house: House) -> Iterator[Client]:
    made = command(house[0], "create-admin", "root-of-all")
    assert made.returncode == 0, made.stderr
    with house[0].session(None) as client:
        client.sign_in("root-of-all", made.stdout.strip())
        yield client


def id_of(admin: Client, name: str) -> int:
    (found,) = admin.get(f"{ADMIN}/users", params={"search": name}).json()["data"]
    return int(found["id"])


@pytest.mark.parametrize(
    ("call", "path", "body"),
    [("patch", "", {"active": False}), ("post", "/sign-out", {"keys": True})],
)
def test_a_stream_ends_at_once(
    house: House, admin: Client, call: str, path: str, body: dict[str, bool]
) -> None:
    with house[1].session(None) as member:
        name = new_name()
        member.headers["Authorization"] = f"Bearer {register(member, name).json()['api_key']}"
        with Listener(house[1], member) as heard:
            heard.wait_until_it_began()
            user = f"{ADMIN}/users/{id_of(admin, name)}"
            assert getattr(admin, call)(user + path, json=body).status_code == 200
            wait_until(lambda: heard.ended, AT_ONCE_SEC, "the stream ends")
        assert member.get("/api/tasks").status_code in {401, 403}


def test_an_operators_booth_is_refused_and_taken_again(house: House, admin: Client) -> None:
    user = f"{ADMIN}/users/{id_of(admin, 'serg')}"
    with house[1].session("serg") as serg, Listener(house[1], serg) as heard:
        heard.wait_until_it_began()
        admin.patch(user, json={"active": False})
        wait_until(lambda: heard.ended, AT_ONCE_SEC, "the stream ends")
        assert serg.get("/api/slots").json()["error"]["code"] == "token_revoked"
    booth = house[1].booth
    refused = booth.send(photos.jpeg(), slot="slot-040")
    assert (refused.status, refused.error["code"]) == (403, "account_inactive")
    admin.patch(user, json={"active": True})
    assert booth.send(photos.jpeg(), slot="slot-040").error["code"] == "slot_not_configured"


def test_the_command_line_is_in_the_log_of_what_was_done(house: House, admin: Client) -> None:
    entries = admin.get(f"{ADMIN}/audit", params={"actor": "command line"}).json()["data"]
    assert [entry["target_name"] for entry in entries] == ["root-of-all"]
    switched = admin.get(f"{ADMIN}/audit", params={"target": "serg"}).json()["data"]
    assert [entry["after"]["active"] for entry in switched] == [True, False]
    assert {entry["actor"]["username"] for entry in switched} == {"root-of-all"}
