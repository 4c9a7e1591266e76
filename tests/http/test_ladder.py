"""A slot's ladder before a provider in trouble: the booth gets a good photo, and in time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.server import Client, Server
from tests.support.waiting import outlast, wait_until

pytestmark = pytest.mark.slow

TIMEOUT_SEC = 20
SLOT = "slot-003"
LOCAL = {
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}
FRAME = {"provider_id": "local", "operation_id": "frame", "settings_json": {}}
# What a good answer may take beyond the moment at which the primary is left.
SPARE_SEC = 1.5
GONE_SEC = 5.0  # after which a booth whose time-out is 5 s has left
SEEDS = itertools.count(100)


@pytest.fixture(scope="module")
def google() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


@pytest.fixture
def house(make_server: Callable[..., Server], google: GeminiEmulator) -> Iterator[Server]:
    """New for each test: what a breaker has learnt of one trouble is not to serve the next."""
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
    google.clear()
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC=str(TIMEOUT_SEC), **keys) as server:
        yield server


def configure(client: Client, prompt: str, *ladder: dict[str, Any], slot: str = SLOT) -> None:
    slot_update = {
        "name": "", "provider_id": "gemini", "operation_id": "change_image",
        "settings_json": {"prompt": prompt}, "ladder": list(ladder),
    }  # fmt: skip
    client.put(f"/api/slots/{slot}", json=slot_update).raise_for_status()


def fresh() -> bytes:
    return photos.jpeg(600, 400, seed=next(SEEDS))


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ("finish=IMAGE_SAFETY", "provider_refused"),
        ("say=quota", "provider_quota"),
        ("say=quota_daily", "provider_quota"),
    ],
)
def test_what_does_not_help_is_left_at_once(house: Server, wish: str, error: str) -> None:
    with house.session() as client:
        configure(client, wish, LOCAL)
        answer = house.booth.send(fresh(), slot=SLOT)
        assert answer.status == 200, answer.body
        assert answer.headers["X-Photoai-Rung"] == "1:local"
        assert photos.opened(answer.body).size == (600, 400)
        assert answer.seconds < 4
        result = client.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()["result"]
        assert [(each["rung"], each["error"]) for each in result["left"]] == [("0:gemini", error)]
        rows = {row["id"]: row for row in client.get("/api/stats/slots").json()["data"]}
        assert (rows[SLOT]["ever"]["requests"], rows[SLOT]["ever"]["error_percent"]) == (1, 0)


@pytest.mark.parametrize("wish", ["delay=60", "say=drip", "storm=99"])
def test_who_hangs_is_left_in_time(house: Server, wish: str) -> None:
    with house.session() as client:
        configure(client, wish, LOCAL | {"from_sec": 3})
        answer = house.booth.send(fresh(), slot=SLOT)
        assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "1:local"), answer.body
        assert answer.seconds < 3 + SPARE_SEC


def test_the_first_that_can_makes_it(house: Server) -> None:
    lite = {
        "provider_id": "gemini", "operation_id": "change_image", "from_sec": 2,
        "settings_json": {"prompt": "delay=60", "model": "gemini-3.1-flash-lite-image"},
    }  # fmt: skip
    swap = {"provider_id": "local", "operation_id": "face_swap", "from_sec": 4}
    with house.session() as client:
        file = {"file": ("a.jpg", photos.jpeg(300, 300, seed=1), "image/jpeg")}
        face = client.post("/api/media/register", files=file).json()["id"]
        # Nobody's face is on the photo: it refuses.
        configure(client, "delay=60", swap | {"settings_json": {"face_media_id": face}}, FRAME)
        answer = house.booth.send(fresh(), slot=SLOT)
        assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "2:local"), answer.body
        client.put("/api/settings", json={"sync_response_timeout_sec": 30}).raise_for_status()
        configure(client, "delay=60", lite, FRAME | {"from_sec": 5})
        answer = house.booth.send(fresh(), slot=SLOT)
        assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "2:local"), answer.body
        assert answer.seconds < 5 + SPARE_SEC
        left = client.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()["result"]["left"]
        assert [each["rung"] for each in left] == ["0:gemini", "1:gemini"]


@pytest.mark.parametrize("wish", ["storm=99", "say=503", "say=quota_daily"])
def test_a_smaller_model_takes_over_from_one_in_trouble(house: Server, wish: str) -> None:
    lite = {
        "provider_id": "gemini", "operation_id": "change_image",
        "settings_json": {"prompt": "a poster", "model": "gemini-3.1-flash-lite-image"},
    }  # fmt: skip
    with house.session() as client:
        client.put("/api/settings", json={"sync_response_timeout_sec": 30}).raise_for_status()
        configure(client, wish, lite | {"from_sec": 6})
        answers = [house.booth.send(fresh(), slot=SLOT) for _ in range(3)]
        assert {each.status for each in answers} == {200}, [each.body[:200] for each in answers]
        assert {each.headers["X-Photoai-Rung"] for each in answers} == {"1:gemini"}


def test_what_the_last_rung_makes_too_late_is_the_guests_all_the_same(house: Server) -> None:
    lite = {
        "provider_id": "gemini", "operation_id": "change_image", "from_sec": 1,
        "settings_json": {"prompt": "delay=6", "model": "gemini-3.1-flash-lite-image"},
    }  # fmt: skip
    with house.session() as client:
        client.put("/api/settings", json={"sync_response_timeout_sec": 30}).raise_for_status()
        configure(client, "delay=60", lite)
        client.put("/api/settings", json={"sync_response_timeout_sec": 5}).raise_for_status()
        answer = house.booth.send(fresh(), slot=SLOT)
        assert (answer.status, answer.error["code"]) == (504, "provider_timeout")
        link = answer.error["details"]["result_url"]
        wait_until(lambda: client.get(link).status_code == 200, 15, "the photo")
        (late,) = client.get("/api/late").json()["data"]
        assert late["result"]["rung"] == "1:gemini"


def test_where_no_rung_helps_the_booth_is_told_why(house: Server) -> None:
    swap = {"provider_id": "local", "operation_id": "face_swap"}
    with house.session() as client:
        file = {"file": ("a.jpg", photos.jpeg(300, 300, seed=1), "image/jpeg")}
        face = client.post("/api/media/register", files=file).json()["id"]
        wish = "finish=IMAGE_SAFETY"
        configure(client, wish, swap | {"settings_json": {"face_media_id": face}})
        answer = house.booth.send(fresh(), slot=SLOT)
        assert (answer.status, answer.error["code"]) == (502, "provider_refused")
        (left,) = answer.error["details"]["left"]
        assert (left["rung"], left["error"]) == ("0:gemini", "provider_refused")


def test_a_replay_has_time_for_the_best(house: Server) -> None:
    with house.session() as client:
        configure(client, "delay=4", LOCAL | {"from_sec": 2})
        answer = house.booth.send(fresh(), slot=SLOT)
        assert answer.headers["X-Photoai-Rung"] == "1:local"
        path = f"/api/tasks/{answer.headers['X-Photoai-Job']}/replay"
        again = client.post(path, headers={"Prefer": "wait=20"}).json()
        assert (again["state"], again["result"]["rung"]) == ("succeeded", "0:gemini")


def test_a_primary_that_works_is_all_there_is(house: Server) -> None:
    with house.session() as client:
        configure(client, "a poster", LOCAL)
        answer = house.booth.send(fresh(), slot=SLOT)
        assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "0:gemini")
        result = client.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()["result"]
        assert "left" not in result


def test_photos_that_wait_behind_those_that_hang_are_in_time_too(house: Server) -> None:
    """Of slots that leave later, and of one with no ladder, which keeps its places to the end."""
    with house.session() as client:
        configure(client, "delay=60", slot="slot-005")
        configure(client, "delay=60", LOCAL | {"from_sec": 2})
        with ThreadPoolExecutor(16) as booths:
            stubborn = [booths.submit(house.booth.send, fresh(), slot="slot-005") for _ in range(4)]
            wait_until(lambda: running(client) == 4, 10, "all places at the provider are taken")
            sent = [booths.submit(house.booth.send, fresh(), slot=SLOT) for _ in range(12)]
            answers = [each.result() for each in sent]
            assert {each.status for each in answers} == {200}
            assert {each.headers["X-Photoai-Rung"] for each in answers} == {"1:local"}
            assert max(each.seconds for each in answers) < 2 + 2 * SPARE_SEC
            assert {each.result().status for each in stubborn} == {504}


def test_a_photo_nobody_waits_for_any_more_is_made_by_the_best(house: Server) -> None:
    """Its process dies; the booth has gone when the server is back."""
    with house.session() as client:
        configure(client, "delay=4", LOCAL)
        client.put("/api/settings", json={"sync_response_timeout_sec": 5}).raise_for_status()
        with ThreadPoolExecutor(1) as booth:
            sent = booth.submit(house.booth.send, fresh(), slot=SLOT)
            wait_until(lambda: running(client) == 1, 10, "it is at work")
            began = time.monotonic()
            house.kill()
            assert sent.exception() is not None
    outlast(began + GONE_SEC - time.monotonic())
    house.start()
    with house.session() as client:
        found: dict[str, Any] = wait_until(lambda: ended(client), 30, "the photo")
        assert (found["state"], found["result"]["rung"]) == ("succeeded", "0:gemini")


def running(client: Client) -> int:
    return int(client.get("/api/tasks", params={"state": "running"}).json()["meta"]["total"])


def ended(client: Client) -> dict[str, Any] | None:
    (job,) = client.get("/api/tasks").json()["data"]
    return job if job["finished_at"] else None
