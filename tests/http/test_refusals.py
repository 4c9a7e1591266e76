"""Providers that refuse a photo, over HTTP: why is told, and milder words are tried in time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.emulators.gemini import KEY as GEMINI_KEY
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.openai import KEY as OPENAI_KEY
from tests.emulators.openai import OpenaiEmulator
from tests.emulators.turbotext import KEY as TURBOTEXT_KEY
from tests.emulators.turbotext import TurbotextEmulator
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server, free_port

pytestmark = pytest.mark.slow
SLOT = "slot-003"
FRAME = {"provider_id": "local", "operation_id": "frame", "settings_json": {}}
SEEDS = itertools.count(700)
ANSWERED_WITH_COST = 0.0336
# What a provider says, where its emulator says it, and what the operator reads.
REFUSALS = [
    ("gemini", "finish=SAFETY", "SAFETY", "Защитный фильтр ИИ"),
    ("gemini", "finish=IMAGE_SAFETY", "IMAGE_SAFETY", "не прошло"),
    ("gemini", "block=PROHIBITED_CONTENT", "PROHIBITED_CONTENT", "запрещено"),
    ("gemini", "finish=IMAGE_RECITATION", "IMAGE_RECITATION", "известное произведение"),
    ("gemini", "block=BLOCKLIST", "BLOCKLIST", "слово"),
    ("openai", "say=blocked", "moderation_blocked", "Модерация"),
    ("turbotext", "say=forbidden", "forbidden_content", "запрещено"),
    ("turbotext", "say=face", "face_not_detected", "лица"),
]


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with GeminiEmulator() as google, OpenaiEmulator() as openai, TurbotextEmulator() as turbotext:
        port = free_port()
        server = make_server(
            GEMINI_API_KEY=GEMINI_KEY, GEMINI_BASE_URL=google.url,
            OPENAI_API_KEY=OPENAI_KEY, OPENAI_BASE_URL=f"{openai.url}/v1",
            TURBOTEXT_API_KEY=TURBOTEXT_KEY, TURBOTEXT_BASE_URL=f"{turbotext.url}/api_ai",
            PUBLIC_BASE_URL=f"http://127.0.0.1:{port}", SYNC_RESPONSE_TIMEOUT_SEC="20",
        )  # fmt: skip
        server.port = port
        with server:
            yield server


@pytest.fixture(scope="module")
def client(house: Server) -> Client:
    return house.session()


def configure(client: Client, provider: str, prompt: str, softened: str = "", **more: Any) -> None:
    settings = {"prompt": prompt} | ({"softened_prompt": softened} if softened else {})
    client.put(
        f"/api/slots/{SLOT}",
        json={
            "provider_id": provider,
            "operation_id": "change_image",
            "settings_json": settings,
            "ladder": [],
            **more,
        },
    ).raise_for_status()


def send(house: Server) -> BoothAnswer:
    return house.booth.send(photos.jpeg(600, 400, seed=next(SEEDS)), slot=SLOT)


def result_of(client: Client, answer: BoothAnswer) -> dict[str, Any]:
    job = client.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    return dict(job["result"])


@pytest.mark.parametrize(("provider", "wish", "reason", "said"), REFUSALS)
def test_why_a_photo_is_refused_is_said_with_what_helps(
    house: Server, client: Client, provider: str, wish: str, reason: str, said: str
) -> None:
    configure(client, provider, wish)
    answer = send(house)
    assert (answer.status, answer.error["code"]) == (502, "provider_refused"), answer.body
    assert said in answer.error["message"]
    assert answer.error["details"]["reason"] == reason
    (advice,) = answer.error["details"]["advice"]
    assert advice.endswith(".")
    assert not advice.isascii()
    english = client.get(
        f"/api/tasks/{answer.error['details']['job_id']}", headers={"Accept-Language": "en"}
    ).json()["error"]
    assert english["message"].isascii()
    assert english["details"]["advice"][0].endswith(".")


@pytest.mark.parametrize(
    ("provider", "wish"),
    [
        ("gemini", "finish=IMAGE_SAFETY"),
        ("openai", "say=blocked"),
        ("turbotext", "say=forbidden"),
    ],
)
def test_milder_words_are_tried_on_the_same_rung(
    house: Server, client: Client, provider: str, wish: str
) -> None:
    configure(client, provider, wish, "watercolour", ladder=[FRAME])
    answer = send(house)
    assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, f"0:{provider}"), answer.body
    result = result_of(client, answer)
    assert result["notes"]["softened"] is True
    assert result["notes"]["refused"]
    assert "left" not in result


def test_milder_words_that_are_refused_as_well_leave_the_rung(
    house: Server, client: Client
) -> None:
    configure(client, "gemini", "finish=SAFETY", "finish=SPII", ladder=[FRAME])
    answer = send(house)
    assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "1:local"), answer.body
    (left,) = result_of(client, answer)["left"]
    assert (left["error"], left["reason"]) == ("provider_refused", "SAFETY")
    assert left["softened"] == "provider_refused"


def test_there_is_one_more_call_and_both_are_paid(house: Server, client: Client) -> None:
    configure(client, "openai", "say=blocked", "watercolour")
    once = result_of(client, send(house))["cost"]
    configure(client, "openai", "watercolour")
    assert result_of(client, send(house))["cost"] == pytest.approx(once), "a refusal was free"
    configure(client, "gemini", "watercolour")
    usual = result_of(client, send(house))["cost"]
    assert usual == pytest.approx(ANSWERED_WITH_COST)


def test_milder_words_wait_for_no_second_call_that_could_not_end_in_time(
    house: Server, client: Client
) -> None:
    frame = FRAME | {"from_sec": 3}
    configure(client, "gemini", "delay=2 finish=SAFETY", "watercolour", ladder=[frame])
    answer = send(house)
    assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "1:local"), answer.body
    (left,) = result_of(client, answer)["left"]
    assert (left["reason"], "softened" in left) == ("SAFETY", False)


def test_a_guests_answer_stands_in_the_milder_words_too(house: Server, client: Client) -> None:
    configure(client, "gemini", "finish=SAFETY {name}", "a poster for {name|a guest}")
    answer = house.booth.send(photos.jpeg(seed=next(SEEDS)), slot=f"{SLOT}?name=Anna")
    assert answer.status == 200, answer.body


def test_a_photo_brings_its_seed_where_the_provider_takes_one(
    house: Server, client: Client
) -> None:
    configure(client, "turbotext", "watercolour")
    answer = send(house)
    job_id = answer.headers["X-Photoai-Job"]
    seed = result_of(client, answer)["seed"]
    assert 0 <= seed < 2**32
    again = client.post(f"/api/tasks/{job_id}/replay", headers={"Prefer": "wait=20"}).json()
    assert (again["state"], again["result"]["seed"]) == ("succeeded", seed)
    assert again["replay_of"] == job_id
    assert again["sha256"] == client.get(f"/api/tasks/{job_id}").json()["sha256"]


def test_a_replay_as_then_has_the_model_of_then_where_its_slot_names_none(
    house: Server, client: Client
) -> None:
    (models,) = [each["models"] for each in providers(client) if each["id"] == "gemini"]
    before, after = sorted(models, key=lambda model: not model["default"])[:2]
    configure(client, "gemini", "watercolour", ladder=[FRAME])
    job_id = send(house).headers["X-Photoai-Job"]
    choose_default(client, after["id"])
    try:
        path = f"/api/tasks/{job_id}/replay?settings="
        made = [
            client.post(path + settings, headers={"Prefer": "wait=20"}).json()
            for settings in ("as_then", "now")
        ]
    finally:
        choose_default(client, before["id"])
    assert [each["result"]["model"] for each in made] == [before["id"], after["id"]]
    again = client.post(f"/api/tasks/{made[1]['id']}/replay", headers={"Prefer": "wait=20"}).json()
    assert again["result"]["model"] == after["id"], "as the replay was made"


def providers(client: Client) -> list[dict[str, Any]]:
    return list(client.get("/api/providers").json()["providers"])


def choose_default(client: Client, model: str) -> None:
    models = {"models": {"gemini": {"default": model}}}
    client.put("/api/settings", json=models).raise_for_status()


def test_a_replay_has_the_settings_of_then_or_of_now(house: Server, client: Client) -> None:
    configure(client, "openai", "watercolour")
    then = client.get(f"/api/slots/{SLOT}").json()["version"]
    job_id = send(house).headers["X-Photoai-Job"]
    client.put(
        f"/api/slots/{SLOT}",
        json={"provider_id": "gemini", "operation_id": "change_image", "ladder": [FRAME],
              "settings_json": {"prompt": "a poster"}},
    ).raise_for_status()  # fmt: skip
    now = client.get(f"/api/slots/{SLOT}").json()["version"]

    def replay(settings: str) -> dict[str, Any]:
        path = f"/api/tasks/{job_id}/replay?settings={settings}"
        return dict(client.post(path, headers={"Prefer": "wait=20"}).json())

    as_then, renewed = replay("as_then"), replay("now")
    assert (as_then["result"]["rung"], as_then["settings_version"]) == ("0:openai", then)
    assert (renewed["result"]["rung"], renewed["settings_version"]) == ("0:gemini", now)
    key = {"Idempotency-Key": f"once more {job_id}"}
    path = f"/api/tasks/{job_id}/replay?settings="
    assert client.post(path + "now", headers=key).status_code == 202
    assert client.post(path + "as_then", headers=key).status_code == 409
    kept = client.get(f"/api/slots/{SLOT}/history/{as_then['settings_version']}").json()
    assert kept["settings_json"]["prompt"] == "watercolour"
    client.delete(f"/api/slots/{SLOT}/settings").raise_for_status()
    assert replay("now")["error"]["code"] == "slot_not_configured"
    assert replay("never")["error"]["code"] == "invalid"
