"""The rehearsal before an event: looks in the background, slots tried, models replaced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from photoai.config import Config
from photoai.models import AuditEntry, ProcessingLog, Role, Slot
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.providers.reasons import BLOCKED_WORD
from photoai.services.rehearsals import Wish
from tests.support.waiting import wait_until

from .at_work import SEPIA, Mind, at_work, with_prompt
from .common import CHANGE

READINESS, CHECK = "/api/readiness", "/api/readiness/check"
OLD, NEW = "gpt-image-1.5", "gpt-image-2"
ENGLISH = {"Accept-Language": "en"}
Rows = dict[str, dict[str, Any]]

pytestmark = pytest.mark.slow


@pytest.fixture
def mind() -> Mind:
    return Mind()


@pytest.fixture
def working(config: Config, prepared: Path, tmp_path: Path, mind: Mind) -> Iterator[Flask]:
    with at_work(config, prepared, tmp_path, mind) as app:
        yield app


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Flask:
    """At work, with one mind in place of every provider."""
    found: Flask = request.getfixturevalue("working")
    return found


def use(client: FlaskClient, slot: str, settings: dict[str, Any]) -> None:
    answer = client.put(f"/api/slots/{slot}", json={"name": slot, **settings})
    assert answer.status_code == 200, answer.get_json()


def rows_of(client: FlaskClient) -> Rows:
    answer = client.get(READINESS, headers=ENGLISH).get_json()
    return {row["id"]: row for row in answer["rows"]}


def looked(client: FlaskClient, **wish: Any) -> Rows:
    answer = client.post(CHECK, json=wish)
    assert answer.status_code == 202, answer.get_json()
    wait_until(lambda: not client.get(READINESS).get_json()["running"], 20, "all looks end")
    return rows_of(client)


def test_nothing_was_looked_at_in_a_new_installation(serg: FlaskClient) -> None:
    report = serg.get(READINESS).get_json()
    assert (report["light"], report["running"], report["retiring"]) == (None, False, [])
    assert {row["light"] for row in report["rows"]} == {None}
    assert report["trials"] == [
        {"slot_id": "slot-001", "name": "Welcome: vivid colours", "provider_id": "local",
         "model": None, "cost_usd": 0.0}
    ]  # fmt: skip


def test_everything_that_costs_nothing_is_looked_at(serg: FlaskClient, mind: Mind) -> None:
    rows = looked(serg, guests_per_hour=30, hours=4)
    looks = {id_: row["light"] for id_, row in rows.items()}
    assert looks.pop("public_url") == "yellow", "none is configured, and no provider needs one"
    assert looks.pop("ingest_password") in {"green", "red"}
    assert looks.pop("slot:slot-001") is looks.pop("warm_up") is None, "nobody asked for these"
    assert set(looks.values()) == {"green"}, rows
    assert "120 are expected" in rows["disk"]["said"][0]
    assert rows["booth_timeout"]["said"][0].startswith("DSLR Remote Pro: type 60 s or more")
    assert rows["provider:local"]["ended_at"] is not None
    assert mind.asks == []


def test_a_drawn_guest_goes_through_a_slot_and_is_not_counted(
    serg: FlaskClient, services: Services, mind: Mind
) -> None:
    row = looked(serg, parts=[], slots=["slot-001"])["slot:slot-001"]
    assert row["light"] == "green", row
    assert row["said"][0].endswith(" s for 0.5 USD.")
    job = serg.get(f"/api/tasks/{row['job_id']}").get_json()
    assert (job["test"], job["state"], len(mind.asks)) == (True, "succeeded", 1)
    for path in ("/api/gallery", "/api/slots/slot-001/results"):
        assert serg.get(path).get_json()["data"] == []
    with services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ProcessingLog)) == 0
    assert serg.get(READINESS, headers=ENGLISH).get_json()["light"] == "green"


def test_a_slot_that_fails_says_why_in_the_readers_language(serg: FlaskClient) -> None:
    use(serg, "slot-002", with_prompt("refuse"))
    row = looked(serg, parts=["slot:slot-002"])["slot:slot-002"]
    assert (row["light"], row["said"]) == (
        "red",
        ["The AI provider refused to work on this photo."],
    )
    russian = {each["id"]: each for each in serg.get(READINESS).get_json()["rows"]}
    assert russian["slot:slot-002"]["said"] != row["said"]


def test_a_slot_that_is_refused_says_for_what_and_what_helps(serg: FlaskClient) -> None:
    use(serg, "slot-002", with_prompt("forbidden"))
    row = looked(serg, parts=["slot:slot-002"])["slot:slot-002"]
    assert row["said"] == [str(BLOCKED_WORD.said), str(BLOCKED_WORD.advice)]
    russian = {each["id"]: each for each in serg.get(READINESS).get_json()["rows"]}
    assert not any(said.isascii() for said in russian["slot:slot-002"]["said"])


def test_where_a_ladder_takes_over_a_failure_is_not_the_end(serg: FlaskClient) -> None:
    ladder = [{key: SEPIA[key] for key in ("provider_id", "operation_id", "settings_json")}]
    use(serg, "slot-002", {**with_prompt("late"), "ladder": ladder})
    row = looked(serg, parts=["slot:slot-002"])["slot:slot-002"]
    assert (row["light"], len(row["said"])) == ("yellow", 2)


def test_a_slot_that_does_not_end_is_given_up_in_the_booths_time(
    serg: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photoai.services.settings.Settings.patience_sec", lambda _: 0.3)
    use(serg, "slot-002", with_prompt("wait"))
    row = looked(serg, parts=["slot:slot-002"])["slot:slot-002"]
    assert row["light"] == "red"
    job = serg.get(f"/api/tasks/{row['job_id']}").get_json()
    assert job["state"] in {"cancelled", "running"}


def test_only_rows_that_are_there_are_looked_at(serg: FlaskClient) -> None:
    for wish in (
        {"parts": ["moon"]}, {"parts": ["slot:slot-002"]}, {"slots": ["slot-002"]},
        {"slots": ["slot-041"]}, {"guests_per_hour": 0}, {"hours": 73}, {"hours": "5"},
        {"guests_per_hour": 1.5}, {"parts": [7]}, {"unknown": 1},
    ):  # fmt: skip
        assert serg.post(CHECK, json=wish).status_code == 422, wish


def test_a_look_that_breaks_ends_red(serg: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr("photoai.services.rehearsals.machine.disk", broken)
    assert looked(serg, parts=["disk"])["disk"]["light"] == "red"


def test_operators_see_their_own_rehearsals(cast: dict[str, FlaskClient]) -> None:
    looked(cast["serg"], parts=["disk"])
    assert rows_of(cast["igor"])["disk"]["light"] is None


@pytest.fixture
def aging(services: Services, ids: dict[str, int]) -> None:
    """Two slots of serg's and one of igor's draw with a model that ends in ten days."""
    own = {"prompt": "x", "model": OLD}
    rung = {"provider_id": "openai", "operation_id": "change_image", "settings_json": own,
            "from_sec": None}  # fmt: skip
    with services.database.begin() as session:
        for name, slot_id in (("serg", "slot-002"), ("serg", "slot-003"), ("igor", "slot-002")):
            slot = session.get_one(Slot, (ids[name], slot_id))
            slot.provider_id, slot.operation_id, slot.settings_json = "openai", "change_image", own
            if slot_id == "slot-003":
                slot.provider_id, slot.settings_json = "local", {"prompt": "x"}
                slot.ladder = [rung]
    services.rehearsals.succession._day = lambda: date(2026, 11, 21)


@pytest.mark.usefixtures("aging")
def test_a_model_that_ends_is_replaced_in_all_slots_at_once(
    cast: dict[str, FlaskClient], services: Services
) -> None:
    serg = cast["serg"]
    (ending,) = serg.get(READINESS).get_json()["retiring"]
    assert ending == {
        "provider_id": "openai", "model": OLD, "retired_on": "2026-12-01", "successor": NEW,
        "slot_ids": ["slot-002", "slot-003"], "is_default": False,
    }  # fmt: skip
    assert looked(serg, parts=["models"])["models"]["light"] == "yellow"
    before = {id_: serg.get(f"/api/slots/{id_}").get_json() for id_ in ending["slot_ids"]}
    answer = serg.post(f"{READINESS}/models", json={"provider_id": "openai", "model": OLD})
    assert (answer.status_code, answer.get_json()) == (200, {"slot_ids": ["slot-002", "slot-003"]})
    after = {id_: serg.get(f"/api/slots/{id_}").get_json() for id_ in ending["slot_ids"]}
    assert after["slot-002"]["settings_json"]["model"] == NEW
    assert after["slot-003"]["ladder"][0]["settings_json"]["model"] == NEW
    assert all(after[id_]["version"] == before[id_]["version"] + 1 for id_ in after)
    assert cast["igor"].get("/api/slots/slot-002").get_json()["settings_json"]["model"] == OLD
    with services.database.read() as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert (entry.actor, entry.action, entry.after) == (
        "serg", "slots.model_replaced", {"model": NEW, "slots": ["slot-002", "slot-003"]},
    )  # fmt: skip
    assert serg.get(READINESS).get_json()["retiring"] == []
    assert looked(serg, parts=["models"])["models"]["light"] == "green"


@pytest.mark.usefixtures("aging")
def test_a_ladder_that_would_try_the_same_twice_keeps_all_as_it_is(
    serg: FlaskClient, services: Services, ids: dict[str, int]
) -> None:
    with services.database.begin() as session:
        slot = session.get_one(Slot, (ids["serg"], "slot-003"))
        (rung,) = slot.ladder or ()
        slot.ladder = [rung, {**rung, "settings_json": {**rung["settings_json"], "model": NEW}}]
    answer = serg.post(f"{READINESS}/models", json={"provider_id": "openai", "model": OLD})
    assert (answer.status_code, answer.get_json()["error"]["details"]) == (
        409, {"slot_id": "slot-003"},
    )  # fmt: skip
    kept = serg.get("/api/slots/slot-002").get_json()
    assert kept["settings_json"]["model"] == OLD


@pytest.mark.parametrize("names", ["the old one", "the new one"])
@pytest.mark.usefixtures("aging")
def test_a_rung_that_names_no_model_asks_for_the_default_and_so_do_two(
    serg: FlaskClient, services: Services, ids: dict[str, int], names: str
) -> None:
    default, named = (NEW, OLD) if names == "the old one" else (OLD, NEW)
    serg.put("/api/settings", json={"models": {"openai": {"default": default}}})
    with services.database.begin() as session:
        slot = session.get_one(Slot, (ids["serg"], "slot-003"))
        (rung,) = slot.ladder or ()
        plain = {"prompt": rung["settings_json"]["prompt"]}
        slot.ladder = [
            {**rung, "settings_json": each} for each in ({**plain, "model": named}, plain)
        ]
    answer = serg.post(f"{READINESS}/models", json={"provider_id": "openai", "model": OLD})
    assert (answer.status_code, answer.get_json()["error"]["details"]) == (
        409, {"slot_id": "slot-003"},
    )  # fmt: skip
    assert serg.get("/api/settings").get_json()["models"]["openai"]["default"] == default


def test_a_model_the_catalogue_does_not_know_any_more_has_a_successor_too(
    serg: FlaskClient, services: Services, ids: dict[str, int]
) -> None:
    with services.database.begin() as session:
        slot = session.get_one(Slot, (ids["serg"], "slot-002"))
        slot.provider_id, slot.operation_id = "openai", "change_image"
        slot.settings_json = {"prompt": "x", "model": "gpt-image-1"}
    models = services.catalogue.providers["openai"].models.values()
    (default,) = [model.id for model in models if model.default]
    (gone,) = serg.get(READINESS).get_json()["retiring"]
    assert (gone["model"], gone["slot_ids"]) == ("gpt-image-1", ["slot-002"])
    assert gone["successor"] == default
    row = looked(serg, parts=["models"])["models"]
    assert row["light"] == "red"
    assert "no model gpt-image-1 any more" in row["said"][0]
    answer = serg.post(
        f"{READINESS}/models", json={"provider_id": "openai", "model": "gpt-image-1"}
    )
    assert answer.get_json() == {"slot_ids": ["slot-002"]}
    assert serg.get("/api/slots/slot-002").get_json()["settings_json"]["model"] == default
    assert looked(serg, parts=["models"])["models"]["light"] == "green"


def test_slots_that_name_no_model_are_warned_of_the_default(
    serg: FlaskClient, services: Services, ids: dict[str, int]
) -> None:
    serg.put("/api/settings", json={"models": {"openai": {"default": OLD}}})
    with services.database.begin() as session:
        slot = session.get_one(Slot, (ids["serg"], "slot-002"))
        slot.provider_id, slot.operation_id = "openai", "change_image"
        slot.settings_json = {"prompt": "x"}
    succession = services.rehearsals.succession
    succession._day = lambda: date(2026, 12, 1) - timedelta(days=31)
    assert serg.get(READINESS).get_json()["retiring"] == []
    succession._day = lambda: date(2026, 12, 1)
    assert serg.get(READINESS).get_json()["retiring"][0]["is_default"] is True
    assert looked(serg, parts=["models"])["models"]["light"] == "red"
    answer = serg.post(f"{READINESS}/models", json={"provider_id": "openai", "model": OLD})
    assert answer.get_json() == {"slot_ids": []}
    assert serg.get("/api/settings").get_json()["models"]["openai"]["default"] == NEW
    for nobodys in ({"provider_id": "openai", "model": "x"}, {"provider_id": "x", "model": OLD},
                    {"provider_id": "openai", "model": NEW}):  # fmt: skip
        refused = serg.post(f"{READINESS}/models", json=nobodys)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "no_successor")


def test_a_paid_slot_says_what_it_costs_before(serg: FlaskClient) -> None:
    serg.put("/api/settings", json={"keys": {"gemini": "AIza-a-key-that-nobody-asks-for"}})
    use(serg, "slot-002", {**CHANGE, "provider_id": "gemini"})
    trials = {each["slot_id"]: each for each in serg.get(READINESS).get_json()["trials"]}
    assert trials["slot-002"]["model"] == "gemini-nano-banana-2.1"
    assert trials["slot-002"]["cost_usd"] == 0.0336


def test_warming_up_loads_what_the_first_guest_would_wait_for(
    serg: FlaskClient, services: Services
) -> None:
    prepared: list[object] = []
    for spares in services._spares:
        spares.prepare = lambda: prepared.append(None)  # type: ignore[method-assign]
    assert looked(serg, parts=["warm_up"])["warm_up"]["light"] == "green"
    assert len(prepared) == len(services._spares)


def test_a_wish_of_nothing_is_fine(services: Services, ids: dict[str, int]) -> None:
    serg = Caller(ids["serg"], "serg", Role.OPERATOR)
    assert services.rehearsals.begin(serg, Wish(parts=())) == []
