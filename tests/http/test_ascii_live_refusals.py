"""Who may not watch, what cannot be watched, and what is said that makes no sense."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import InvalidStatus

from tests.support import photos
from tests.support.clips import Clips
from tests.support.server import Client, Server
from tests.support.spectator import Spectator
from tests.support.waiting import outlast

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server(LIVE_HEARTBEAT_SEC="1", ASCII_VIEWERS_PER_USER="2") as running:
        yield running


@pytest.fixture
def serg(house: Server) -> Iterator[Client]:
    with house.session("serg") as client:
        yield client


@pytest.fixture(scope="module")
def long(clips: Clips) -> Path:
    return clips.make("testsrc2", sec=60.0, beep_at=None)


def kept(client: Client, path: Path) -> str:
    with path.open("rb") as file:
        return str(client.post("/api/v1/files", files={"file": file}).json()["id"])


def refused(house: Server, client: Client | None, **fields: Any) -> list[str]:
    """The codes of the errors that end a conversation."""
    with Spectator(house, client) as spectator:
        spectator.start(**fields).wait_for_end()
    return spectator.errors()


def upgrade(house: Server, **headers: str) -> requests.Response:
    """The answer to a handshake that is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        Spectator(house, None, **headers).close()
    response = refusal.value.response
    answer = requests.Response()
    answer.status_code, answer._content = response.status_code, response.body
    return answer


# Who


def test_a_key_may_come_with_the_start(house: Server, serg: Client, long: Path) -> None:
    made = serg.post("/api/v1/auth/create-api-key", json={"name": "viewer"})
    if made.status_code == 404:
        made = serg.post("/server2/videoapi/auth/create-api-key", json={"name": "viewer"})
    key = made.json()["api_key"]
    with Spectator(house) as spectator:
        spectator.start(kept(serg, long), api_key=key, width=20).wait_for_frame(3)
        keys = serg.get("/server2/videoapi/auth/api-keys").json()["data"]
        serg.delete(f"/server2/videoapi/auth/api-keys/{keys[0]['id']}").raise_for_status()
        spectator.wait_for_end()
    assert spectator.errors() == ["token_revoked"]
    assert spectator.code == 1008


def test_a_token_may_come_with_the_start(house: Server, serg: Client, long: Path) -> None:
    token = str(serg.headers["Authorization"]).split()[1]
    with Spectator(house) as spectator:
        spectator.start(kept(serg, long), api_key=token, width=20).wait_for_frame(1)


def test_who_says_nothing_of_themselves_is_nobody(house: Server) -> None:
    assert refused(house, None, video="00000000-0000-4000-8000-000000000000") == ["unauthorized"]


def test_nobody_in_particular_may_watch_where_that_is_allowed(
    make_server: Callable[..., Server], clips: Clips
) -> None:
    with make_server(ALLOW_ANONYMOUS="ascii", ANONYMOUS_MAX_DURATION_SEC="3") as open_house:
        with Spectator(open_house) as guest:
            guest.start(clips.make("testsrc2", sec=2.0), width=20, pace="max").wait_for_end()
        assert len(guest.frames()) == 50
        too_long = clips.make("testsrc2", sec=4.0)
        assert refused(open_house, None, video=too_long) == ["clip_too_long"]
        with too_long.open("rb") as file:
            answer = requests.post(
                f"{open_house.url}/api/v1/convert/stream", files={"file": file}, timeout=30
            )
        assert answer.json()["error"]["code"] == "clip_too_long"
        assert upgrade(open_house, Origin="https://evil.example").status_code == 403


def test_a_wrong_key_is_refused(house: Server) -> None:
    assert upgrade(house, X_API_Key="nobody's").status_code == 401
    unknown = "00000000-0000-4000-8000-000000000000"
    assert refused(house, None, video=unknown, api_key="nobody's") == ["wrong_api_key"]


def test_a_foreign_page_cannot_use_its_visitors_session(house: Server, serg: Client) -> None:
    token = str(serg.headers["Authorization"]).split()[1]
    cookie = f"access_token_cookie={token}"
    answer = upgrade(house, Cookie=cookie, Origin="https://evil.example")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "origin_foreign"
    assert upgrade(house, Origin="null").status_code == 403
    Spectator(house, None, Cookie=cookie, Origin=house.url).close()
    Spectator(house, serg, Origin="https://evil.example").close()  # with a token of its own


def test_somebody_elses_file_is_not_there(house: Server, serg: Client, long: Path) -> None:
    file_id = kept(serg, long)
    with house.session("igor") as igor:
        assert refused(house, igor, video=file_id) == ["file_unknown"]


def test_an_account_watches_only_so_many_at_once(house: Server, serg: Client, long: Path) -> None:
    file_id = kept(serg, long)
    with Spectator(house, serg) as first, Spectator(house, serg) as second:
        first.start(file_id).wait_for_frame()
        second.start(file_id).wait_for_frame()
        with Spectator(house, serg) as third:
            third.start(file_id).wait_for_end()
        assert third.errors() == ["too_many_viewers"]
        assert third.code == 1013
        second.say("stop").wait_for_end()
        with Spectator(house, serg) as fourth:
            fourth.start(file_id).wait_for_frame()


# What


def test_sound_alone_is_not_to_be_seen(house: Server, serg: Client, clips: Clips) -> None:
    sound = clips.folder / "sound.m4a"
    if not sound.exists():
        from tests.support.clips import ffmpeg

        ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", sound)
    assert refused(house, serg, video=sound) == ["clip_without_video"]


def test_a_photo_does_not_move(house: Server, serg: Client) -> None:
    photo = base64.b64encode(photos.guest()).decode()
    assert refused(house, serg, file_base64=photo) == ["edit_file_unfit"]


def test_what_is_cut_off_is_refused(house: Server, serg: Client, clips: Clips) -> None:
    (code,) = refused(house, serg, video=clips.cut_off(0.3))
    assert code == "clip_unreadable"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "file_missing"),
        ({"file_base64": "!!! not base64 !!!"}, "base64_malformed"),
        ({"file_base64": ""}, "file_empty"),
        ({"file_base64": base64.b64encode(b"hello").decode()}, "file_type_not_taken"),
        ({"file_id": "nothing"}, "invalid"),
        ({"file_id": "x", "width": 9}, "invalid"),
        ({"file_base64": "AAAA", "width": 241}, "invalid"),
        ({"file_base64": "AAAA", "fps": 0}, "invalid"),
        ({"file_base64": "AAAA", "fps": 1000}, "invalid"),
        ({"file_base64": "AAAA", "pace": "slowly"}, "invalid"),
        ({"file_base64": "AAAA", "charset": "a"}, "charset_invalid"),
        ({"file_base64": "AAAA", "style": "oil"}, "invalid"),
        ({"file_base64": "AAAA", "text_color": "green"}, "invalid"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused(
    house: Server, serg: Client, fields: dict[str, Any], code: str
) -> None:
    assert refused(house, serg, **fields) == [code]


# In what order


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nothing", "message_malformed"),
        ("[]", "message_malformed"),
        (b"\xff\xfe", "message_malformed"),
        ('{"action": NaN}', "message_malformed"),
        ('{"action": "start", "file_base64": "never closed', "message_malformed"),
        ('{"action": "dance"}', "action_unknown"),
        ('{"action": ["start"]}', "action_unknown"),
        ("{}", "action_unknown"),
        ('{"action": "pause"}', "viewing_not_started"),
        ('{"action": "seek", "to_sec": 1}', "viewing_not_started"),
    ],
)
def test_only_a_start_comes_first(
    house: Server, serg: Client, message: str | bytes, code: str
) -> None:
    with Spectator(house, serg) as spectator:
        spectator.say_raw(message).wait_for_end()
    assert spectator.errors() == [code]
    assert spectator.code == 1008


def test_nonsense_in_between_ends_nothing(house: Server, serg: Client, long: Path) -> None:
    nonsense = [
        ("nothing", "message_malformed"),
        (b"\x00\x01", "message_malformed"),
        ('{"action": "dance"}', "action_unknown"),
        ('{"action": "start"}', "viewing_started"),
        ('{"action": "seek"}', "invalid"),
        ('{"action": "seek", "to_sec": -1}', "invalid"),
        ('{"action": "seek", "to_sec": 1e999}', "invalid"),
        ('{"action": "settings", "width": 1000}', "invalid"),
        ('{"action": "settings", "charset": "a"}', "charset_invalid"),
    ]
    with Spectator(house, serg) as spectator:
        spectator.start(kept(serg, long), width=20).wait_for_frame()
        for message, _ in nonsense:
            spectator.say_raw(message)
        spectator.wait_until(lambda: len(spectator.errors()) == len(nonsense), "all answers")
        assert spectator.errors() == [code for _, code in nonsense]
        spectator.wait_for_frame(spectator.numbers()[-1] + 5)


def test_a_message_that_is_too_large_is_the_last(house: Server, serg: Client, long: Path) -> None:
    with Spectator(house, serg) as spectator:
        spectator.start(kept(serg, long), width=20).wait_for_frame()
        spectator.say("settings", charset="x" * 70_000).wait_for_end()
    assert spectator.errors() == ["message_too_large"]
    assert spectator.code == 1009


MASK = bytes(4)
PING, BEGUN, GOES_ON = b"\x89\x80" + MASK, b"\x01\x80" + MASK, b"\x00\x80" + MASK
SETTINGS = b"\x81\x99" + MASK + b'{"action": "settings"}   '


@pytest.mark.parametrize(
    ("first", "then"),
    [(PING, PING), (BEGUN, GOES_ON), (None, PING), (None, SETTINGS)],
    ids=["pings", "a message without end", "pings later", "settings"],
)
def test_who_never_stops_talking_keeps_nobody_waiting(
    house: Server, serg: Client, long: Path, first: bytes | None, then: bytes
) -> None:
    with Spectator(house, serg) as talker:
        if first is None:
            talker.start(kept(serg, long), width=20).wait_for_frame(1)
        before = house.rss_bytes()
        with talker.flooding((first or b"") + then * 20_000):
            for _ in range(30):
                began = time.monotonic()
                assert serg.get("/healthz").status_code == 200
                assert time.monotonic() - began < 1
                outlast(0.05)
        assert house.rss_bytes() - before < 30_000_000
        talker.vanish()


def test_a_start_that_is_too_large_is_refused(house: Server, serg: Client) -> None:
    with Spectator(house, serg) as spectator:
        spectator.say_raw(json.dumps({"action": "start", "file_base64": "A" * 28_000_001}))
        spectator.wait_for_end()
    assert spectator.errors() == ["message_too_large"]


def test_nothing_is_agreed_on_that_could_be_a_bomb(house: Server, serg: Client) -> None:
    with Spectator(house, serg) as spectator:  # this client offers to compress
        assert spectator.headers is not None
        assert "Sec-WebSocket-Extensions" not in spectator.headers


def test_who_speaks_no_websocket_is_told_so(serg: Client) -> None:
    assert serg.get("/api/v1/ws/convert").status_code == 400
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "7"}
    answer = serg.get("/api/v1/ws/convert", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "web_socket_needed"


def test_lines_of_json_refuse_as_all_calls_do(
    house: Server, serg: Client, clips: Clips, long: Path
) -> None:
    path = "/api/v1/convert/stream"
    assert requests.post(house.url + path, timeout=10).status_code == 401
    assert serg.post(path, json={"file_id": "x"}).status_code == 422
    assert serg.post(path, json={}).json()["error"]["code"] == "file_missing"
    answer = serg.post(path, files={"file": b"hello"})
    assert answer.json()["error"]["code"] == "file_type_not_taken"
    answer = serg.post(path, files={"file": long.read_bytes()}, data={"width": "9"})
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == ["width"]
