"""An operator types a key, tries it, sends photos and changes the password of the booths; nothing
of what was typed comes out anywhere. The real server, the real SDK, the emulated API."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.server import Client, Server

pytestmark = pytest.mark.slow
WRONG_KEY, NEW_PASSWORD = "AIza-mistyped-key-of-gemini", "пароль второго дня"
SLOT = {
    "name": "gemini",
    "provider_id": "gemini",
    "operation_id": "change_image",
    "settings_json": {"prompt": "watercolour"},
}


@pytest.fixture(scope="module")
def google() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


class Listener:
    """Every answer the operator got, headers and all, but for the sign-in's."""

    def __init__(self, client: Client) -> None:
        self.heard: list[str] = []
        client.hooks["response"].append(self._hear)

    def _hear(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self.heard.append(f"{dict(answer.headers)} {answer.text}")


def gemini_of(client: Client) -> dict[str, Any]:
    checks = client.post("/api/settings/check").json()["checks"]
    return next(check for check in checks if check["id"] == "provider:gemini")


def test_an_operator_sets_the_server_up_and_no_secret_comes_out(
    make_server: Callable[..., Server], google: GeminiEmulator
) -> None:
    with make_server(GEMINI_BASE_URL=google.url, LOG_LEVEL="DEBUG") as server:
        serg = server.session()
        told = Listener(serg)
        assert serg.put("/api/slots/slot-002", json=SLOT).status_code == 200
        failed = server.booth.send(photos.jpeg(), slot="slot-002")
        assert (failed.status, failed.error["code"]) == (502, "provider_not_configured")

        serg.put("/api/settings", json={"keys": {"gemini": WRONG_KEY}}).raise_for_status()
        assert gemini_of(serg)["code"] == "provider_not_configured"
        typed = {"keys": {"gemini": f"  {KEY}\r\n"}}
        shown = serg.put("/api/settings", json=typed).json()["keys"]["gemini"]
        assert shown == {"set": True, "last4": KEY[-4:], "source": "settings"}
        assert gemini_of(serg) | {"ms": 0} == {
            "id": "provider:gemini", "ok": True, "needed": True, "code": None,
            "message": "It works.", "ms": 0,
        }  # fmt: skip

        price = {"gemini": {"prices": {"gemini-nano-banana-2.1": {"1K": 0.02}}}}
        serg.put("/api/settings", json={"models": price}).raise_for_status()
        google.clear()
        answer = server.booth.send(photos.jpeg(600, 400), slot="slot-002")
        assert answer.status == 200, answer.body
        assert {each["headers"]["x-goog-api-key"] for each in google.seen()} == {KEY}
        job = serg.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
        assert job["result"]["cost"] == pytest.approx(0.02)

        other = {"models": {"gemini": {"default": "gemini-3-pro-image"}}}
        serg.put("/api/settings", json=other).raise_for_status()
        answer = server.booth.send(photos.jpeg(seed=2), slot="slot-002")
        job = serg.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
        assert job["result"]["model"] == "gemini-3-pro-image"

        old_booth = server.booth
        new_booth = dataclasses.replace(old_booth, password=NEW_PASSWORD)
        serg.put("/api/settings", json={"ingest_password": NEW_PASSWORD}).raise_for_status()
        assert old_booth.send(photos.jpeg(seed=3), slot="slot-002").status == 401
        assert new_booth.send(photos.jpeg(seed=4), slot="slot-002").status == 200
        with server.session("igor") as igor:
            Listener(igor).heard = told.heard
            taken = igor.put("/api/settings", json={"ingest_password": NEW_PASSWORD})
            assert taken.json()["error"]["code"] == "ingest_password_taken"

        server.restart()  # the key and the password outlive the process
        assert new_booth.send(photos.jpeg(seed=5), slot="slot-002").status == 200
        assert serg.get("/api/settings").json()["keys"]["gemini"] == shown

        for path in ("slots", "providers", "tasks", "stats/slots", "stats/slot-002"):
            assert serg.get(f"/api/{path}").status_code == 200
        assert serg.post("/api/settings/clear_media_cache").json()["deleted"] > 0
        assert secrets_in(server, serg, [server.log, *told.heard]) == []
        assert len(told.heard) > 15
        names = [
            json.loads(line)["names"]
            for line in server.log.splitlines()
            if json.loads(line)["event"] == "settings_changed"
        ]
        assert names == [
            ["keys.gemini"],
            ["keys.gemini"],
            ["models.gemini.prices.gemini-nano-banana-2.1.1K"],
            ["models.gemini.default"],
            ["ingest_password"],
        ]


def secrets_in(server: Server, client: Client, texts: list[str]) -> list[str]:
    known = server.credentials
    secrets = [KEY, WRONG_KEY, NEW_PASSWORD, json.dumps(NEW_PASSWORD)[1:-1], known["secret_key"]]
    secrets.append(str(client.headers["Authorization"]).removeprefix("Bearer "))
    for operator in ("serg", "igor"):
        secrets += known[operator].values()
    return [secret for secret in secrets if any(secret in text for text in texts)]
