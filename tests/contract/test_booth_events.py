"""An operator's event and its money, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import func, select, update

from photoai.db import Database
from photoai.errors import Invalid
from photoai.errors.budgets import EventBegunElsewhere, PhotoBudgetSpent
from photoai.models import BoothEvent, Job, Role, Spending
from photoai.services.accounts import Caller
from photoai.services.booth_events import MOST_PAST, SPENDING_KEPT, BoothEvents
from photoai.services.budgets import GUESS_USD, Budgets, Level, Scope
from photoai.services.clock import utcnow
from photoai.services.gates import Passage
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user

pytestmark = pytest.mark.slow
SLOT, OTHER_SLOT = "slot-001", "slot-002"
PARTY = {"name": "Анна и Пётр", "budget_usd": 1.0}


@pytest.fixture
def people(database: Database) -> list[Caller]:
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("owner", "neighbour")]
        return [Caller(user.id, user.username, Role.OPERATOR) for user in users]


@pytest.fixture
def events(database: Database) -> BoothEvents:
    return BoothEvents(database)


@pytest.fixture
def budgets(database: Database) -> Budgets:
    return Budgets(database, dict, lambda provider: provider != "local")


def spend(database: Database, caller: Caller, usd: float, slot_id: str = SLOT) -> None:
    job = cast(Job, SimpleNamespace(user_id=caller.id, slot_id=slot_id, public_id="job"))
    Budgets(database, dict, lambda provider: True).book_apart(job, usd)


def move(database: Database, table: Any, **moments: timedelta) -> None:
    """All rows' moments, by so much."""
    with database.begin() as session:
        for row in session.scalars(select(table)):
            for name, by in moments.items():
                setattr(row, name, getattr(row, name) + by)


def refusal(budgets: Budgets, caller: Caller, slot_id: str = SLOT, to: str = "gemini") -> Any:
    return budgets.refusal(Passage(caller.id, slot_id, to))


def test_an_events_budget_closes_what_costs_something_for_its_operator(
    database: Database, events: BoothEvents, budgets: Budgets, people: list[Caller]
) -> None:
    owner, neighbour = people
    spend(database, owner, 5.0)
    move(database, Spending, at=timedelta(minutes=-1))
    events.put(owner, PARTY)
    assert refusal(budgets, owner) is None, "what was before does not count"
    spend(database, owner, 0.6)
    spend(database, neighbour, 9.0)
    assert refusal(budgets, owner) is None
    spend(database, owner, 0.4, OTHER_SLOT)
    for slot in (SLOT, OTHER_SLOT):
        assert isinstance(refusal(budgets, owner, slot), PhotoBudgetSpent)
    assert refusal(budgets, owner, to="local") is None
    assert refusal(budgets, neighbour) is None
    whole, event, *slots = budgets.today(owner)
    assert (whole.scope, event.scope, slots[0].scope) == (Scope.ALL, Scope.EVENT, Scope.SLOT)
    assert (event.event, event.spent_usd, event.limit_usd) == ("Анна и Пётр", 1.0, 1.0)
    assert event.level is Level.SPENT
    assert [each.scope for each in budgets.today(neighbour)] == [Scope.ALL, Scope.SLOT]
    assert budgets.of_all().events == {owner.id: event}

    events.put(owner, {"budget_usd": 2.0})
    assert refusal(budgets, owner) is None
    events.put(owner, {"budget_usd": None})
    spend(database, owner, 50.0)
    assert refusal(budgets, owner) is None
    events.put(owner, {"budget_usd": 2.0})
    assert isinstance(refusal(budgets, owner), PhotoBudgetSpent)
    events.end(owner)
    assert refusal(budgets, owner) is None
    assert [each.scope for each in budgets.today(owner)] == [Scope.ALL, Scope.SLOT, Scope.SLOT]


def test_an_event_may_last_over_midnight(
    database: Database, events: BoothEvents, budgets: Budgets, people: list[Caller]
) -> None:
    owner, _ = people
    events.put(owner, {**PARTY, "hours": 72})
    spend(database, owner, 1.0)
    move(database, Spending, at=timedelta(hours=-30))
    move(database, BoothEvent, began_at=timedelta(hours=-31))
    assert isinstance(refusal(budgets, owner), PhotoBudgetSpent)
    assert budgets.today(owner)[0].spent_usd == 0


def test_what_is_under_way_counts(
    database: Database, events: BoothEvents, budgets: Budgets, people: list[Caller]
) -> None:
    owner, _ = people
    events.put(owner, {**PARTY, "budget_usd": 3 * GUESS_USD})
    for number in range(3):
        assert refusal(budgets, owner) is None
        draft = JobDraft(
            public_id=f"job-{number}", user_id=owner.id, kind="photo", created=utcnow(),
            provider="gemini", slot_id=SLOT,
        )  # fmt: skip
        with database.begin() as session:
            states.insert(session, draft)
    assert isinstance(refusal(budgets, owner), PhotoBudgetSpent)


def test_it_ends_by_itself_and_is_told_of_afterwards(
    database: Database, events: BoothEvents, budgets: Budgets, people: list[Caller]
) -> None:
    owner, neighbour = people
    began = events.put(owner, {**PARTY, "hours": 2})
    assert began.ends_at - began.began_at == timedelta(hours=2)
    spend(database, owner, 1.5)
    assert events.past(owner) == []
    back = timedelta(hours=-3)
    move(database, BoothEvent, began_at=back, ends_at=back)
    move(database, Spending, at=back)
    assert events.current(owner) is None
    assert refusal(budgets, owner) is None
    spend(database, owner, 7.0)
    (past,) = events.past(owner)
    assert (past.name, past.spent_usd, past.paid_photos) == ("Анна и Пётр", 1.5, 1)
    assert past.ended_at - past.began_at == timedelta(hours=2)

    second = events.put(owner, {"name": "Юбилей"})
    assert (second.budget_usd, second.ends_at - second.began_at) == (None, timedelta(hours=24))
    events.end(owner), events.end(owner)
    assert [each.name for each in events.past(owner)] == ["Юбилей", "Анна и Пётр"]
    assert events.past(neighbour) == []


def test_what_an_event_cannot_be_is_said(events: BoothEvents, people: list[Caller]) -> None:
    owner, _ = people
    with pytest.raises(Invalid) as nameless:
        events.put(owner, {"budget_usd": 5.0})
    assert list(nameless.value.details) == ["name"]
    assert events.current(owner) is None
    events.put(owner, PARTY)
    with pytest.raises(Invalid) as over:
        events.put(owner, {"hours": 0.0})
    assert list(over.value.details) == ["hours"]
    current = events.current(owner)
    assert current is not None
    assert current.ends_at > utcnow()


def test_of_many_begun_at_once_there_is_one(
    database: Database, events: BoothEvents, people: list[Caller]
) -> None:
    owner, _ = people

    def begin(number: int) -> None:
        with suppress(EventBegunElsewhere):
            events.put(owner, {"name": f"party {number}"})

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(begin, range(12)))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BoothEvent)) == 1


def test_only_the_last_ones_are_told_of_and_old_ones_go(
    database: Database, events: BoothEvents, people: list[Caller]
) -> None:
    owner, _ = people
    for number in range(MOST_PAST + 1):
        events.put(owner, {"name": f"party {number}"})
        events.end(owner)
    assert [each.name for each in events.past(owner)][:1] == [f"party {MOST_PAST}"]
    assert len(events.past(owner)) == MOST_PAST
    long_ago = utcnow() - SPENDING_KEPT - timedelta(days=1)
    with database.begin() as session:
        session.execute(update(BoothEvent).values(began_at=long_ago, ends_at=long_ago))
    assert events.past(owner) == []
    events.forget_old()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BoothEvent)) == 0
