"""What the page of the evening shows, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.event import listen

from photoai.db import Database
from photoai.models import Role, Slot
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.jobs import Evening, EveningWish, Group
from photoai.services.jobs import evening as of_evening
from tests.support.evening import add_job
from tests.support.people import add_user

STATES = ("queued", "running", "succeeded", "late", "failed", "cancelled")


@pytest.fixture
def owner(database: Database) -> Caller:
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("owner", "neighbour")]
        for user in users:
            for slot_id in ("slot-001", "slot-002"):
                session.add(Slot(user_id=user.id, id=slot_id, updated_at=utcnow()))
    for state in STATES:
        add_job(database, users[1].id, f"noise-{state}", state)
    return Caller(users[0].id, "owner", Role.OPERATOR)


def shown(database: Database, caller: Caller, **wish: object) -> dict[str, list[str]]:
    groups = Evening(database).groups(caller, EveningWish(**wish))  # type: ignore[arg-type]
    return {each.group.value: [job.public_id for job in each.jobs] for each in groups}


def test_every_job_of_the_day_is_in_one_group_and_nobody_elses_in_any(
    database: Database, owner: Caller
) -> None:
    for hours_ago, age in ((30, "old-"), (0, "")):
        for state in STATES:
            add_job(database, owner.id, age + state, state, hours_ago=hours_ago)
    found = shown(database, owner)
    assert found["waiting"] == ["old-queued", "queued"], "what waits is shown however old it is"
    assert found["running"] == ["old-running", "running"]
    assert found["done"] == ["succeeded"]
    assert sorted(found["failed"]) == ["cancelled", "failed", "late"]


def test_what_has_ended_is_shown_from_the_newest_on(database: Database, owner: Caller) -> None:
    for hours in (3, 1, 2):
        add_job(database, owner.id, f"{hours} h", "succeeded", hours_ago=hours)
    assert shown(database, owner)["done"] == ["1 h", "2 h", "3 h"]


def test_only_photos_whose_booth_was_told_so_are_late(database: Database, owner: Caller) -> None:
    for state in STATES:
        add_job(database, owner.id, state, state)
    (late,) = Evening(database).groups(owner, EveningWish(is_late=True))
    assert ([job.public_id for job in late.jobs], late.total) == (["late"], 1)
    *_, failed = Evening(database).groups(owner, EveningWish())
    assert failed.late == {"late"}


def test_one_slot_one_kind_or_one_group_can_be_looked_at(database: Database, owner: Caller) -> None:
    add_job(database, owner.id, "here", "succeeded", slot_id="slot-002")
    add_job(database, owner.id, "there", "succeeded")
    add_job(database, owner.id, "video", "succeeded", slot_id=None, kind="merge")
    assert shown(database, owner, slot_id="slot-002")["done"] == ["here"]
    assert shown(database, owner, kind="merge")["done"] == ["video"]
    assert shown(database, owner, group=Group.WAITING) == {"waiting": []}
    assert Evening(database).slots(owner) == ["slot-001", "slot-002"]


# PostgreSQL plans by what its tables hold.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("group", [Group.WAITING, Group.RUNNING])
def test_what_waits_or_runs_is_found_without_looking_at_what_has_ended(
    database: Database, owner: Caller, group: Group
) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    Evening(database).groups(owner, EveningWish(group=group))
    with database.read() as session:
        query, values = asked[0]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
        assert any("ix_job_queued" in row[3] or "ix_job_running" in row[3] for row in plan)


def test_a_long_group_is_cut_and_says_how_long_it_is(
    database: Database, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_evening, "MOST", 2)
    for number in range(3):
        add_job(database, owner.id, f"waits {number}")
    waiting = Evening(database).groups(owner, EveningWish(group=Group.WAITING))[0]
    assert [job.public_id for job in waiting.jobs] == ["waits 0", "waits 1"]
    assert waiting.total == 3
