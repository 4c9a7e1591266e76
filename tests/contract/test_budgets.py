"""What photos may cost today, and drills, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import update

from photoai.db import Database
from photoai.errors import Invalid
from photoai.errors.budgets import PhotoBudgetSpent, ProviderDrilled
from photoai.models import Drill, Job, Role, Spending
from photoai.services.accounts import Caller
from photoai.services.budgets import GUESS_USD, Budgets, Level
from photoai.services.catalogue import Catalogue
from photoai.services.clock import utcnow
from photoai.services.drills import Drills
from photoai.services.gates import Passage
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user

SLOT, OTHER = "slot-001", "slot-002"
CATALOGUE = cast(Catalogue, SimpleNamespace(providers={"gemini": None, "local": None}))
DAY, PER_SLOT = "per_day_usd", "per_slot_per_day_usd"


@pytest.fixture
def people(database: Database) -> list[Caller]:
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("owner", "neighbour")]
        return [Caller(user.id, user.username, Role.OPERATOR) for user in users]


def budgets(database: Database, **limits: float | None) -> Budgets:
    known: Mapping[str, float | None] = {DAY: None, PER_SLOT: None, **limits}
    return Budgets(database, lambda: known, lambda provider: provider != "local")


def spend(database: Database, caller: Caller, usd: float, slot_id: str = SLOT) -> None:
    job = cast(Job, SimpleNamespace(user_id=caller.id, slot_id=slot_id))
    with database.transaction() as db:
        budgets(database).book(db, job, usd)


def refusal(database: Database, caller: Caller, slot_id: str = SLOT, **limits: float) -> Any:
    return budgets(database, **limits).refusal(Passage(caller.id, slot_id, "gemini"))


def test_a_spent_day_closes_what_costs_something_for_all(
    database: Database, people: list[Caller]
) -> None:
    owner, neighbour = people
    spend(database, owner, 0.3)
    assert refusal(database, neighbour, **{DAY: 0.5}) is None
    spend(database, neighbour, 0.2)
    for caller in people:
        assert isinstance(refusal(database, caller, **{DAY: 0.5}), PhotoBudgetSpent)
    there = Passage(owner.id, SLOT, "local")
    assert budgets(database, **{DAY: 0.5}).refusal(there) is None
    assert refusal(database, owner) is None, "nobody has set a budget"
    with database.begin() as session:
        session.execute(update(Spending).values(at=utcnow() - timedelta(days=1)))
    assert refusal(database, owner, **{DAY: 0.5}) is None, "that was yesterday"


def test_a_slots_budget_is_its_own(database: Database, people: list[Caller]) -> None:
    owner, neighbour = people
    spend(database, owner, 0.5)
    assert isinstance(refusal(database, owner, **{PER_SLOT: 0.5}), PhotoBudgetSpent)
    assert refusal(database, owner, OTHER, **{PER_SLOT: 0.5}) is None
    assert refusal(database, neighbour, **{PER_SLOT: 0.5}) is None


def test_what_is_under_way_counts_with_what_the_others_cost(
    database: Database, people: list[Caller]
) -> None:
    owner, _ = people
    with database.begin() as session:
        for number, provider in enumerate(["gemini", "gemini", "local"]):
            facts = {"provider": provider, "slot_id": SLOT}
            states.insert(session, JobDraft(f"job-{number}", owner.id, "photo", utcnow(), **facts))
    (whole, slot) = budgets(database, **{DAY: 1.0}).today(owner)
    assert (whole.spent_usd, whole.under_way_usd) == (0.0, 2 * GUESS_USD)
    spend(database, owner, 0.2)
    spend(database, owner, 0.4)
    (whole, slot) = budgets(database, **{DAY: 1.0}).today(owner)
    assert whole.spent_usd == pytest.approx(0.6)
    assert slot.under_way_usd == pytest.approx(2 * 0.3)
    assert whole.level is Level.SPENT
    assert budgets(database, **{DAY: 1.4}).today(owner)[0].level is Level.WARNING
    assert budgets(database, **{DAY: 2.0}).today(owner)[0].level is Level.FINE


def test_nobody_sees_what_others_slots_cost(database: Database, people: list[Caller]) -> None:
    owner, neighbour = people
    spend(database, owner, 0.5)
    found = budgets(database, **{PER_SLOT: 1.0}).today(neighbour)
    assert [(each.slot_id, each.spent_usd) for each in found] == [(None, 0.5)]


def test_what_costs_nothing_leaves_no_row_and_old_rows_go(
    database: Database, people: list[Caller]
) -> None:
    owner, _ = people
    spend(database, owner, 0.0)
    spend(database, owner, 0.1)
    with database.begin() as session:
        assert session.query(Spending).count() == 1
        session.execute(update(Spending).values(at=utcnow() - timedelta(days=61)))
    budgets(database).forget_old()
    with database.begin() as session:
        assert session.query(Spending).count() == 0


def test_a_drill_takes_so_many_photos_and_no_more(database: Database, people: list[Caller]) -> None:
    owner, neighbour = people
    drills = Drills(database, CATALOGUE)
    drills.begin(owner, "gemini", 5)
    there = Passage(owner.id, SLOT, "gemini")
    with ThreadPoolExecutor(8) as booths:
        found = list(booths.map(lambda _: drills.refusal(there), range(12)))
    assert sum(isinstance(each, ProviderDrilled) for each in found) == 5
    assert drills.of(owner) == []
    drills.begin(owner, "gemini", 5)
    assert drills.refusal(Passage(neighbour.id, SLOT, "gemini")) is None
    assert drills.refusal(Passage(owner.id, SLOT, "local")) is None
    (shown,) = drills.of(owner)
    assert (shown.photos, shown.photos_left) == (5, 5)
    drills.end(owner, "gemini")
    assert drills.refusal(there) is None


def test_a_drill_ends_by_itself(database: Database, people: list[Caller]) -> None:
    owner, _ = people
    drills = Drills(database, CATALOGUE)
    drills.begin(owner, "gemini", 5)
    with database.begin() as session:
        session.execute(update(Drill).values(ends_at=utcnow() - timedelta(seconds=1)))
    assert drills.of(owner) == []
    assert drills.refusal(Passage(owner.id, SLOT, "gemini")) is None
    with pytest.raises(Invalid):
        drills.begin(owner, "nobody", 5)
