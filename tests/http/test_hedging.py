"""A slot that asks a slow provider a second time: its booth has the faster photo."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.emulators.mood import STALL_SEC
from tests.emulators.openai import KEY as OPENAI_KEY
from tests.emulators.openai import OpenaiEmulator
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

SLOT = "slot-004"
AFTER_SEC = 1.0
SEEDS = itertools.count(700)
Minds = dict[str, Any]


@pytest.fixture(scope="module")
def minds() -> Iterator[Minds]:
    with GeminiEmulator() as google, OpenaiEmulator() as openai:
        yield {"gemini": google, "openai": openai}


@pytest.fixture
def house(make_server: Callable[..., Server], minds: Minds) -> Iterator[Server]:
    keys = {
        "GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": minds["gemini"].url,
        "OPENAI_API_KEY": OPENAI_KEY, "OPENAI_BASE_URL": minds["openai"].base_url,
    }  # fmt: skip
    for mind in minds.values():
        mind.clear()
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="20", **keys) as server:
        yield server


def configure(client: Client, provider: str, prompt: str, after_sec: float | None) -> Any:
    settings = {"prompt": prompt} | ({} if after_sec is None else {"hedge_after_sec": after_sec})
    slot = {"provider_id": provider, "operation_id": "change_image", "settings_json": settings}
    return client.put(f"/api/slots/{SLOT}", json=slot)


def sent(house: Server) -> BoothAnswer:
    return house.booth.send(photos.jpeg(600, 400, seed=next(SEEDS)), slot=SLOT)


def spent_usd(client: Client) -> float:
    rows = client.get("/api/budget").json()["data"]
    return float(next((row["spent_usd"] for row in rows if row["slot_id"] == SLOT), 0.0))


@pytest.mark.parametrize("provider", ["gemini", "openai"])
def test_the_second_call_answers_and_both_are_paid(
    house: Server, minds: Minds, provider: str
) -> None:
    with house.session() as client:
        configure(client, provider, "stall=1", AFTER_SEC).raise_for_status()
        answer = sent(house)
        assert answer.status == 200, answer.body
        assert photos.opened(answer.body).size == (600, 400)
        assert AFTER_SEC <= answer.seconds < STALL_SEC - 1
        result = client.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()["result"]
        assert (result["rung"], result["notes"]["hedged"]) == (f"0:{provider}", 2)
        usd = result["cost"]
        assert usd > 0
        wait_until(lambda: spent_usd(client) == pytest.approx(2 * usd), 15, "the first's cost")
        assert len(minds[provider].seen()) == 2
        assert len(client.get("/api/tasks").json()["data"]) == 1


def test_who_answers_in_time_or_is_not_to_be_asked_twice_is_asked_once(
    house: Server, minds: Minds
) -> None:
    with house.session() as client:
        configure(client, "gemini", "a photo", 15).raise_for_status()
        assert sent(house).status == 200
        configure(client, "gemini", "stall=1", None).raise_for_status()
        answer = sent(house)
        assert answer.status == 200
        assert answer.seconds > STALL_SEC
        assert len(minds["gemini"].seen()) == 2


def test_second_calls_have_only_places_that_nobody_wants(house: Server, minds: Minds) -> None:
    """Gemini has four: four slow photos have no second call, the fifth waits for none of them."""
    with house.session() as client, ThreadPoolExecutor(5) as guests:
        configure(client, "gemini", "stall=1", AFTER_SEC).raise_for_status()
        answers = list(guests.map(lambda _: sent(house), range(5)))
        assert [each.status for each in answers] == [200] * 5
        assert min(each.seconds for each in answers) > STALL_SEC
        seen = minds["gemini"].seen()
        # The fifth begins when the others have ended: it has places beside it.
        assert 5 <= len(seen) <= 6


@pytest.mark.parametrize("after_sec", [0, -1, 61, "soon", True])
def test_a_setting_that_cannot_be_is_422(house: Server, after_sec: Any) -> None:
    with house.session() as client:
        answer = configure(client, "gemini", "a photo", after_sec)
        assert answer.status_code == 422
        assert list(answer.json()["error"]["details"]) == ["settings_json.hedge_after_sec"]


def test_who_answers_later_or_here_has_no_such_setting(house: Server) -> None:
    with house.session() as client:
        assert configure(client, "local", "sepia", 5).status_code == 422
