"""Money and drills before a real server: guests have their photos all the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
SEEDS = itertools.count(700)
SEPIA = {
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}


@pytest.fixture
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    """With no money spent yet; a photo of the example provider costs 0.01 USD."""
    with make_server() as running:
        yield running


@pytest.fixture
def serg(house: Server) -> Iterator[Client]:
    with house.session() as client:
        yield client


def configure(serg: Client, slot: str, prompt: str, *ladder: dict[str, Any]) -> None:
    wanted = {
        "provider_id": "example", "operation_id": "change_image",
        "settings_json": {"prompt": prompt}, "ladder": list(ladder),
    }  # fmt: skip
    serg.put(f"/api/slots/{slot}", json=wanted).raise_for_status()


def sent(house: Server, slot: str) -> BoothAnswer:
    return house.booth.send(photos.jpeg(320, 240, seed=next(SEEDS)), slot=slot)


def rungs(house: Server, slot: str, count: int) -> list[str]:
    answers = [sent(house, slot) for _ in range(count)]
    assert {each.status for each in answers} == {200}, [each.body[:200] for each in answers]
    return [each.headers["X-Photoai-Rung"] for each in answers]


def test_a_spent_budget_leaves_nobody_without_a_photo(house: Server, serg: Client) -> None:
    configure(serg, "slot-002", "delay=0")
    configure(serg, "slot-003", "delay=0", SEPIA)
    serg.put("/api/settings", json={"budgets": {"per_day_usd": 0.02}}).raise_for_status()
    assert rungs(house, "slot-002", 3) == ["0:example", "0:example", "1:local"]
    assert rungs(house, "slot-003", 1) == ["1:local"]
    (whole, slot) = serg.get("/api/budget").json()["data"]
    assert (whole["slot_id"], whole["level"], whole["limit_usd"]) == (None, "spent", 0.02)
    assert (slot["slot_id"], slot["spent_usd"]) == ("slot-002", pytest.approx(0.02))
    answer = sent(house, "slot-002")
    result = serg.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()["result"]
    assert result["cost"] == 0
    assert [(each["rung"], each["error"]) for each in result["left"]] == [
        ("0:example", "photo_budget_spent")
    ]
    serg.put("/api/settings", json={"budgets": {"per_day_usd": None}}).raise_for_status()
    assert rungs(house, "slot-002", 1) == ["0:example"]


def test_a_slots_budget_closes_that_slot(house: Server, serg: Client) -> None:
    for slot in ("slot-002", "slot-003"):
        configure(serg, slot, "delay=0")
    limits = {"per_slot_per_day_usd": 0.01}
    serg.put("/api/settings", json={"budgets": limits}).raise_for_status()
    assert rungs(house, "slot-002", 2) == ["0:example", "1:local"]
    assert rungs(house, "slot-003", 2) == ["0:example", "1:local"]
    for wrong in (0, -1, "ten", 1e9):
        answer = serg.put("/api/settings", json={"budgets": {"per_day_usd": wrong}})
        assert answer.status_code == 422, wrong


def test_tests_of_a_slot_cost_money_and_pass(house: Server, serg: Client) -> None:
    configure(serg, "slot-002", "delay=0")
    serg.put("/api/settings", json={"budgets": {"per_day_usd": 0.01}}).raise_for_status()
    file = {"photo": ("guest.jpg", photos.jpeg(), "image/jpeg")}
    for _ in range(2):
        answer = serg.post(
            "/api/slots/slot-002/test", files=file, headers={"Prefer": "wait=20"}
        ).json()
        assert answer["result"]["rung"] == "0:example"
    assert serg.get("/api/budget").json()["data"][0]["spent_usd"] == pytest.approx(0.02)
    assert rungs(house, "slot-002", 1) == ["1:local"]


def test_a_photo_nobody_wants_any_more_has_been_paid(house: Server, serg: Client) -> None:
    configure(serg, "slot-002", "delay=2")
    with ThreadPoolExecutor(1) as booth:
        answer = booth.submit(sent, house, "slot-002")
        (job,) = wait_until(lambda: serg.get("/api/tasks?state=running").json()["data"])
        serg.delete(f"/api/tasks/{job['id']}").raise_for_status()
        assert answer.result().status == 409
    whole = lambda: serg.get("/api/budget").json()["data"][0]  # noqa: E731
    wait_until(lambda: whole()["spent_usd"] == pytest.approx(0.01), 15, "the answer was paid")


def test_a_drill_shows_whether_ladders_hold(house: Server, serg: Client) -> None:
    configure(serg, "slot-002", "delay=0", SEPIA)
    configure(serg, "slot-003", "delay=0")
    begun = serg.post("/api/drills", json={"provider_id": "example", "photos": 3})
    assert begun.status_code == 201
    assert [each["photos_left"] for each in begun.json()["data"]] == [3]
    assert rungs(house, "slot-002", 2) == ["1:local", "1:local"]
    bare = sent(house, "slot-003")
    assert (bare.status, bare.error["code"]) == (502, "provider_drilled")
    again = f"/api/tasks/{bare.error['details']['job_id']}/retry"
    assert serg.post(again, headers={"Prefer": "wait=20"}).json()["state"] == "succeeded"
    assert serg.get("/api/drills").json()["data"] == []
    assert rungs(house, "slot-002", 1) == ["0:example"]
    serg.post("/api/drills", json={"provider_id": "example", "photos": 3})
    with house.session("igor") as neighbour:
        assert neighbour.get("/api/drills").json()["data"] == []
    assert serg.delete("/api/drills/example").status_code == 204
    assert rungs(house, "slot-002", 1) == ["0:example"]
    for wrong in ({"provider_id": "example", "photos": 0}, {"provider_id": "nobody", "photos": 1}):
        assert serg.post("/api/drills", json=wrong).status_code == 422


def test_an_events_budget_is_held_until_it_ends(house: Server, serg: Client) -> None:
    configure(serg, "slot-002", "delay=0")
    wedding = {"name": "Свадьба", "budget_usd": 0.02, "hours": 5}
    event = serg.put("/api/event", json=wedding).json()["event"]
    assert (event["name"], event["budget_usd"]) == ("Свадьба", 0.02)
    assert rungs(house, "slot-002", 3) == ["0:example", "0:example", "1:local"]
    (whole, row, slot) = serg.get("/api/budget").json()["data"]
    assert [each["scope"] for each in (whole, row, slot)] == ["all", "event", "slot"]
    assert (row["event"], row["level"], row["spent_usd"]) == ("Свадьба", "spent", 0.02)
    alerts = lambda: serg.get("/api/alerts").json()["data"]  # noqa: E731
    told = wait_until(lambda: [each for each in alerts() if each["kind"] == "event_budget"], 15)
    assert "100" in told[0]["message"]
    assert serg.put("/api/event", json={"budget_usd": 5}).json()["event"]["name"] == "Свадьба"
    assert rungs(house, "slot-002", 1) == ["0:example"]
    assert serg.delete("/api/event").status_code == 204
    assert serg.get("/api/event").json() == {"event": None}
    (past,) = serg.get("/api/event/past").json()["data"]
    assert (past["name"], past["charges"]) == ("Свадьба", 3)
    assert past["spent_usd"] == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a" * 81}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a", "budget_usd": 0}, "budget_usd"),
        ({"name": "a", "budget_usd": -1}, "budget_usd"),
        ({"name": "a", "budget_usd": "ten"}, "budget_usd"),
        ({"name": "a", "budget_usd": 1e9}, "budget_usd"),
        ({"name": "a", "hours": 0}, "hours"),
        ({"name": "a", "hours": 169}, "hours"),
        ({"name": "a", "hours": "long"}, "hours"),
    ],
)
def test_an_event_that_cannot_be_is_422(serg: Client, wish: dict[str, Any], field: str) -> None:
    answer = serg.put("/api/event", json=wish)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert serg.get("/api/event").json() == {"event": None}
