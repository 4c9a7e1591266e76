"""A venue loses its internet in the middle of the evening, and has it again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.fleet import Fleet
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
TIMEOUT_SEC = 20
WITH_LADDER, ALONE = "slot-001", "slot-002"
LOCAL = {
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}
SEEDS = itertools.count(500)


@pytest.fixture
def google() -> Iterator[GeminiEmulator]:
    """A test takes it away and brings it back."""
    running = GeminiEmulator().__enter__()
    yield running
    with suppress(ValueError):  # it was away when the test failed
        running.__exit__(None, None, None)


@pytest.fixture
def house(make_server: Callable[..., Server], google: GeminiEmulator) -> Iterator[Server]:
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC=str(TIMEOUT_SEC), **keys) as server:
        yield server


def configure(client: Client, slot: str, *ladder: dict[str, Any]) -> None:
    wanted = {
        "name": "", "provider_id": "gemini", "operation_id": "change_image",
        "settings_json": {"prompt": "green"}, "ladder": list(ladder),
    }  # fmt: skip
    client.put(f"/api/slots/{slot}", json=wanted).raise_for_status()


def send(house: Server, slot: str) -> BoothAnswer:
    return house.booth.send(photos.jpeg(600, 400, seed=next(SEEDS)), slot=slot)


def kinds(client: Client) -> list[str]:
    return [each["id"] for each in client.get("/api/alerts").json()["data"]]


def test_photos_leave_for_their_local_rungs_and_come_back(
    house: Server, google: GeminiEmulator
) -> None:
    with house.session() as client:
        configure(client, WITH_LADDER, LOCAL)
        configure(client, ALONE)
        assert send(house, WITH_LADDER).headers["X-Photoai-Rung"] == "0:gemini"
        assert kinds(client) == []

        google.__exit__(None, None, None)
        first = send(house, WITH_LADDER)
        assert (first.status, first.headers["X-Photoai-Rung"]) == (200, "1:local")
        assert first.seconds < 6
        following = send(house, WITH_LADDER)
        assert following.headers["X-Photoai-Rung"] == "1:local"
        job = client.get(f"/api/tasks/{following.headers['X-Photoai-Job']}").json()
        assert [each["error"] for each in job["result"]["left"]] == ["venue_offline"]
        assert job["result"]["left"][0]["sec"] < 0.5
        alone = send(house, ALONE)
        assert (alone.status, alone.error["code"]) == (502, "venue_offline")
        assert alone.seconds < 3

        wait_until(lambda: "offline" in kinds(client), what="it is told on Live")
        checks = client.post("/api/settings/check").json()["checks"]
        internet = next(each for each in checks if each["id"] == "internet")
        assert (internet["ok"], internet["needed"]) == (False, True)
        assert internet["code"] == "venue_offline"
        assert "photoai_venue_online 0.0" in client.get("/metrics").text

        with google:
            wait_until(
                lambda: send(house, ALONE).status == 200, 15, "no guest had to try whether it works"
            )
            assert send(house, WITH_LADDER).headers["X-Photoai-Rung"] == "0:gemini"
            wait_until(lambda: "offline" not in kinds(client), 20, "the alert is over")
        google.__enter__()  # for the fixture's end


def test_what_a_worker_has_met_is_told_by_the_web_process(
    make_fleet: Callable[..., Fleet], google: GeminiEmulator
) -> None:
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
    with make_fleet(**keys) as fleet, fleet.session() as client:
        configure(client, WITH_LADDER, LOCAL)
        assert send(fleet.web, WITH_LADDER).headers["X-Photoai-Rung"] == "0:gemini"
        google.__exit__(None, None, None)
        assert send(fleet.web, WITH_LADDER).headers["X-Photoai-Rung"] == "1:local"
        wait_until(lambda: "offline" in kinds(client), what="a web process tells it")
        assert "photoai_venue_online 1.0" in client.get("/metrics").text, "it called nobody itself"
        google.__enter__()
        wait_until(lambda: "offline" not in kinds(client), 30, "the alert is over")
        assert send(fleet.web, WITH_LADDER).headers["X-Photoai-Rung"] == "0:gemini"
