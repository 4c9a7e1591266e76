"""A booth's photo through OpenAI and back: the real server, the emulated API. The key is typed on
the settings page's API, tried, and never comes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from tests.emulators.gemini_images import greens_inverted
from tests.emulators.openai import FORBIDDEN_KEY, KEY, OpenaiEmulator
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server

pytestmark = pytest.mark.slow
PHOTO = photos.jpeg(600, 400)
MODEL = "gpt-image-2.6-flare"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenaiEmulator]:
    with OpenaiEmulator() as emulator:
        yield emulator


@pytest.fixture
def vendor(running: OpenaiEmulator) -> OpenaiEmulator:
    running.clear()
    return running


def settings(vendor: OpenaiEmulator) -> dict[str, str]:
    return {"OPENAI_BASE_URL": vendor.base_url, "SYNC_RESPONSE_TIMEOUT_SEC": "12"}


@pytest.fixture(scope="module")
def own_server(make_server: Callable[..., Server], running: OpenaiEmulator) -> Iterator[Server]:
    with make_server(OPENAI_API_KEY=KEY, **settings(running)) as server:
        yield server


@pytest.fixture(scope="module")
def operator(own_server: Server) -> Client:
    return own_server.session()


def configure(client: Client, words: str, operation: str = "change_image", **more: object) -> None:
    client.put(
        "/api/slots/slot-002",
        json={
            "provider_id": "openai",
            "operation_id": operation,
            "settings_json": {"prompt": words, **more},
        },
    ).raise_for_status()


def send(server: Server, client: Client, words: str) -> BoothAnswer:
    configure(client, words)
    return server.booth.send(PHOTO, slot="slot-002", fields={"id": words})


def is_the_guests(finished: bytes) -> bool:
    expected = greens_inverted(photos.opened(PHOTO))
    return photos.difference(photos.opened(finished), expected) < 10


def register(client: Client, seed: int) -> str:
    files = {"file": ("a.jpg", photos.jpeg(seed=seed), "image/jpeg")}
    return str(client.post("/api/media/register", files=files).json()["id"])


def job_of(client: Client, answer: BoothAnswer) -> dict[str, Any]:
    job: dict[str, Any] = client.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    return job


def openai_check(client: Client) -> dict[str, Any]:
    checks = client.post("/api/settings/check").json()["checks"]
    return next(check for check in checks if check["id"] == "provider:openai")


def test_a_key_is_typed_and_tried_and_the_photo_comes_back(
    make_server: Callable[..., Server], vendor: OpenaiEmulator
) -> None:
    with make_server(LOG_LEVEL="DEBUG", **settings(vendor)) as server:
        serg = server.session()
        refused = send(server, serg, "watercolour")
        assert (refused.status, refused.error["code"]) == (502, "provider_not_configured")
        assert vendor.seen() == []

        for wrong in ("sk-mistyped-4711", FORBIDDEN_KEY):
            serg.put("/api/settings", json={"keys": {"openai": wrong}}).raise_for_status()
            assert openai_check(serg)["code"] == "provider_not_configured"
        typed = serg.put("/api/settings", json={"keys": {"openai": f" {KEY}\n"}}).json()
        assert typed["keys"]["openai"] == {"set": True, "last4": KEY[-4:], "source": "settings"}
        assert openai_check(serg)["ok"]

        vendor.clear()
        answer = server.booth.send(PHOTO, slot="slot-002")
        assert answer.status == 200, answer.body
        assert answer.headers["X-Photoai-Rung"] == "0:openai"
        assert photos.opened(answer.body).size == (600, 400)
        assert is_the_guests(answer.body)
        (asked,) = vendor.seen()
        assert (asked["fields"]["model"], asked["fields"]["size"]) == (MODEL, "1536x1024")
        result = job_of(serg, answer)["result"]
        assert (result["model"], result["notes"]["quality"]) == (MODEL, "medium")
        assert result["cost"] == pytest.approx(0.0496, abs=0.0005)

        server.restart()  # the key outlives the process
        assert server.booth.send(photos.jpeg(seed=5), slot="slot-002").status == 200
        assert KEY not in server.log + json.dumps(serg.get("/api/settings").json())


@pytest.mark.parametrize(
    ("operation", "media", "more"),
    [
        ("style_transfer", ["reference"], {}),
        ("combine_images", ["base", "overlay"], {"quality": "low"}),
        ("object_replace", [], {"object": "the hat", "model": "gpt-image-1.5"}),
    ],
)
def test_every_operation_brings_the_guests_photo_back(
    own_server: Server, operator: Client, vendor: OpenaiEmulator,
    operation: str, media: list[str], more: dict[str, Any],
) -> None:  # fmt: skip
    named = {f"{name}_media_id": register(operator, seed) for seed, name in enumerate(media, 5)}
    configure(operator, "fun", operation, **named, **more)
    answer = own_server.booth.send(PHOTO, slot="slot-002")
    assert answer.status == 200, answer.body
    assert is_the_guests(answer.body)
    (asked,) = vendor.seen()
    assert len(asked["images"]) == 1 + len(media)
    assert asked["fields"]["quality"] == more.get("quality", "medium")
    assert asked["fields"].get("input_fidelity") == ("high" if "model" in more else None)


@pytest.mark.parametrize(
    ("words", "code", "tries"),
    [
        ("say=blocked", "provider_refused", 1),
        ("say=gone", "provider_model_gone", 1),
        ("say=image", "provider_bad_request", 1),
        ("say=half", "provider_bad_answer", 3),
        ("say=short", "provider_bad_answer", 3),
    ],
)
def test_what_cannot_be_is_told_in_time(
    own_server: Server, operator: Client, vendor: OpenaiEmulator, words: str, code: str, tries: int
) -> None:
    answer = send(own_server, operator, words)
    assert (answer.status, answer.error["code"]) == (502, code)
    assert answer.seconds < 8
    assert len(vendor.seen()) == tries


@pytest.mark.parametrize("words", ["say=quota", "say=bill", "say=daily"])
def test_who_has_not_paid_is_not_asked_again(
    make_server: Callable[..., Server], vendor: OpenaiEmulator, words: str
) -> None:
    with make_server(OPENAI_API_KEY=KEY, **settings(vendor)) as server:
        with server.session() as client:
            configure(client, words)
            for seed in range(2):
                answer = server.booth.send(photos.jpeg(seed=seed), slot="slot-002")
                assert (answer.status, answer.error["code"]) == (502, "provider_quota")
                assert answer.seconds < 5
            listed = client.get("/api/providers").json()["providers"]
        assert len(vendor.seen()) == 1, "the breaker says no by itself"
        assert not next(each for each in listed if each["id"] == "openai")["healthy"]


def test_a_limit_is_waited_for_and_a_storm_is_weathered_and_calls_overlap(
    own_server: Server, operator: Client, vendor: OpenaiEmulator
) -> None:
    limited = send(own_server, operator, "say=reset")
    assert (limited.status, limited.error["code"]) == (502, "provider_quota")
    arrived = [each["arrived"] for each in vendor.seen()]
    assert len(arrived) == 3
    assert all(later - sooner >= 1.2 for sooner, later in pairwise(arrived))
    assert send(own_server, operator, "storm=2").status == 200
    vendor.clear()
    configure(operator, "delay=2")
    with ThreadPoolExecutor(4) as pool:
        sent = pool.map(
            lambda seed: own_server.booth.send(photos.jpeg(seed=seed), slot="slot-002"),
            range(20, 24),
        )
        assert [answer.status for answer in sent] == [200] * 4
    arrived = [each["arrived"] for each in vendor.seen()]
    assert max(arrived) - min(arrived) < 2, "all were there before the first was answered"
    assert KEY not in own_server.log
