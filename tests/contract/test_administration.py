"""Administrators' deeds on each database: who may, what is written down, and two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, update

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    AccountChanged,
    AccountInactive,
    JobAlreadyEnded,
    LastAdministrator,
    OwnAccount,
    PhotoaiError,
    PlanFixed,
    UserUnknown,
)
from photoai.models import ApiKey, AuditEntry, JobState, Role, User
from photoai.offload import run_here
from photoai.services.accounts import Accounts, Passwords, Plans, caller_of
from photoai.services.accounts.keys import add_key
from photoai.services.administration import Administration, UserChange
from photoai.services.audit import Actor, Audit, AuditWish
from photoai.services.clock import utcnow
from photoai.services.jobs import states
from tests.support.ear import Ear
from tests.support.house import House
from tests.support.people import add_user

from .test_accounts import all_at_once


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house()


@pytest.fixture
def ear(house: House) -> Ear:
    ear = Ear()
    house.events.watch(ear)
    return ear


@pytest.fixture
def accounts(database: Database, config: Config) -> Accounts:
    return Accounts(database, Passwords(run_here), Plans.load(config))


@pytest.fixture
def administration(house: House, accounts: Accounts) -> Administration:
    return Administration.of(house.database, accounts, house.jobs, house.events)


@pytest.fixture
def people(database: Database) -> dict[str, User]:
    roles = {"anna": Role.MEMBER, "root": Role.ADMIN, "boss": Role.ADMIN, "serg": Role.OPERATOR}
    with database.begin() as session:
        return {name: add_user(session, name, role) for name, role in roles.items()}


def actor(user: User) -> Actor:
    return Actor(user.username, user.id, Role(user.role), "203.0.113.7", "request-1")


@pytest.fixture
def root(people: dict[str, User]) -> Actor:
    return actor(people["root"])


@pytest.fixture
def boss(people: dict[str, User]) -> Actor:
    return actor(people["boss"])


@pytest.fixture
def anna(people: dict[str, User]) -> int:
    return people["anna"].id


Change = Callable[..., Any]


@pytest.fixture
def change(administration: Administration, root: Actor) -> Change:
    def make(user_id: int, by: Actor = root, **facts: Any) -> Any:
        return administration.users.change(by, user_id, UserChange(**facts))

    return make


def entries(database: Database) -> list[AuditEntry]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def row(database: Database, user_id: int) -> User:
    with database.read() as session:
        return session.get_one(User, user_id)


def test_an_entry_says_who_did_what_to_whom_and_from_where(
    database: Database, change: Change, anna: int, root: Actor
) -> None:
    before = utcnow()
    change(anna, plan="pro", quotas={"merges_per_day": 7})
    (entry,) = entries(database)
    assert (entry.actor_id, entry.actor, entry.actor_role) == (root.id, "root", "admin")
    assert (entry.action, entry.target, entry.target_name) == (
        "user.changed", f"user:{anna}", "anna",
    )  # fmt: skip
    assert entry.before == {"plan": "free", "quotas": {}}
    assert entry.after == {"plan": "pro", "quotas": {"merges_per_day": 7}}
    assert (entry.address, entry.request_id) == ("203.0.113.7", "request-1")
    assert before <= entry.at <= utcnow()


def test_what_changes_nothing_leaves_no_entry(
    database: Database, change: Change, anna: int, ear: Ear
) -> None:
    change(anna, active=True, plan="free", quotas={"storage_mb": None})
    change(anna)
    assert entries(database) == []
    assert row(database, anna).version == 1
    assert ear.accounts == []


def test_a_quota_takes_the_place_of_the_plans_limit_until_it_is_taken_back(
    change: Change, anna: int, accounts: Accounts, database: Database
) -> None:
    free = accounts.plan_of(caller_of(row(database, anna)))
    view = change(anna, quotas={"merges_per_day": 0, "storage_mb": 7, "clip_max_mb": 10**9})
    assert (view.plan.merges_per_day, view.plan.storage_mb) == (0, 7)
    assert view.plan.merges_at_once == free.merges_at_once
    assert view.plan.clip_max_mb == Config().video_max_file_mb, "no promise the server cannot keep"
    with database.read() as session:
        plan, _ = accounts.allowed_and_used(session, anna)
    assert plan == view.plan == accounts.plan_of(caller_of(row(database, anna)))
    view = change(anna, quotas={"merges_per_day": None, "clip_max_mb": None})
    assert view.user.quotas == {"storage_mb": 7}
    assert view.plan.merges_per_day == free.merges_per_day


def test_quotas_hold_for_who_runs_the_house_but_plans_are_members_own(
    change: Change, people: dict[str, User], database: Database
) -> None:
    serg = people["serg"].id
    assert change(serg, quotas={"merges_per_day": 3}).plan.merges_per_day == 3
    assert change(serg, plan="enterprise").plan.name == "enterprise", "as it is shown"
    with pytest.raises(PlanFixed):
        change(serg, plan="pro")
    assert len(entries(database)) == 1


def test_of_two_who_looked_at_the_same_version_one_changes_it(
    database: Database, change: Change, anna: int, root: Actor, boss: Actor
) -> None:
    answers = all_at_once(
        [
            lambda by=by, plan=plan: change(anna, by, plan=plan, version=1)
            for by, plan in ((root, "pro"), (boss, "enterprise"))
        ]
    )
    assert answers.count(AccountChanged) == 1
    (entry,) = entries(database)
    assert entry.after == {"plan": row(database, anna).plan}


def test_without_a_version_the_last_one_holds_and_the_entries_follow_each_other(
    database: Database, change: Change, anna: int, root: Actor, boss: Actor
) -> None:
    all_at_once(
        [
            lambda by=by, limit=limit: change(anna, by, quotas={"storage_mb": limit})
            for by, limit in ((root, 1), (boss, 2), (root, 3), (boss, 4))
        ]
    )
    chain = entries(database)
    assert len(chain) == 4
    assert chain[0].before == {"quotas": {}}
    for earlier, later in pairwise(chain):
        assert later.before == earlier.after
    assert chain[-1].after == {"quotas": row(database, anna).quotas}
    assert row(database, anna).version == 5


def test_nobody_switches_off_themselves_or_the_last_administrator(
    database: Database, change: Change, root: Actor, boss: Actor
) -> None:
    assert root.id
    assert boss.id
    with pytest.raises(OwnAccount):
        change(root.id, active=False)
    change(boss.id, active=False)
    with pytest.raises(LastAdministrator):
        change(root.id, active=False)
    assert [entry.target_name for entry in entries(database)] == ["boss"]


def test_of_two_administrators_who_switch_off_each_other_one_is_left(
    database: Database, change: Change, root: Actor, boss: Actor
) -> None:
    answers = all_at_once(
        [lambda: change(boss.id, root, active=False), lambda: change(root.id, boss, active=False)]
    )
    assert answers.count(AccountInactive) == 1
    (entry,) = entries(database)
    left = row(database, entry.actor_id or 0)
    assert left.active
    assert not row(database, int(entry.target.removeprefix("user:"))).active


def test_who_is_switched_off_has_no_sessions_any_more(
    database: Database, change: Change, accounts: Accounts, anna: int, ear: Ear
) -> None:
    signed_in_at = utcnow()
    change(anna, active=False)
    assert ear.accounts == [anna]
    change(anna, active=True)
    with pytest.raises(PhotoaiError) as refusal:
        accounts.bearer(anna, "session", signed_in_at)
    assert refusal.value.code == "token_revoked", "switched on again, one signs in again"


def test_signing_out_ends_sessions_and_keys_only_when_asked_to(
    database: Database, administration: Administration, root: Actor, anna: int, ear: Ear
) -> None:
    with database.begin() as session:
        for _ in range(2):
            add_key(session, anna, "key")
        add_key(session, anna, "dead").row.revoked_at = utcnow() - timedelta(days=1)
    before = row(database, anna).tokens_valid_from
    assert administration.users.sign_out(root, anna) == 0
    assert administration.users.sign_out(root, anna, keys=True) == 2
    with database.read() as session:
        living = select(func.count()).where(ApiKey.revoked_at.is_(None))
        assert session.scalar(living) == 0
    first, second = entries(database)
    assert first.action == second.action == "user.signed_out"
    assert first.before == {"sessions_since": before.isoformat().replace("+00:00", "Z")}
    assert first.after == second.before
    assert second.after["keys_revoked"] == 2
    assert ear.accounts == [anna, anna]


def test_who_is_no_administrator_any_more_changes_nothing(
    database: Database, change: Change, administration: Administration, root: Actor, anna: int
) -> None:
    with database.begin() as session:
        session.execute(update(User).where(User.id == root.id).values(active=False))
    for deed in (
        lambda: change(anna, plan="pro"),
        lambda: administration.users.sign_out(root, anna, keys=True),
    ):
        with pytest.raises(AccountInactive):
            deed()
    assert entries(database) == []
    assert row(database, anna).plan == "free"


def test_nobody_is_nobody(change: Change, administration: Administration, root: Actor) -> None:
    for deed in (
        lambda: change(10_000, plan="pro"),
        lambda: administration.users.sign_out(root, 10_000),
        lambda: administration.users.get(10_000),
    ):
        with pytest.raises(UserUnknown):
            deed()


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry cannot be written."""

    def fail(*_: Any) -> None:
        raise RuntimeError("The disk is full.")

    for module in ("users", "tasks"):
        monkeypatch.setattr(f"photoai.services.administration.{module}.write", fail)


@pytest.mark.usefixtures("unwritable")
def test_what_cannot_be_written_down_is_not_done(
    database: Database, house: House, administration: Administration, change: Change, root: Actor,
    anna: int, ear: Ear,
) -> None:  # fmt: skip
    with database.begin() as session:
        add_key(session, anna, "key")
        job = states.insert(session, house.draft())
    since = row(database, anna).tokens_valid_from
    for deed in (
        lambda: change(anna, active=False, plan="pro"),
        lambda: administration.users.sign_out(root, anna, keys=True),
        lambda: administration.tasks.cancel(root, job.public_id),
    ):
        with pytest.raises(RuntimeError):
            deed()
    user = row(database, anna)
    assert (user.active, user.plan, user.version, user.tokens_valid_from) == (
        True, "free", 1, since,
    )  # fmt: skip
    with database.read() as session:
        assert session.scalar(select(ApiKey.revoked_at)) is None
    assert house.job(job.public_id).state == JobState.QUEUED
    assert (entries(database), ear.accounts, ear.jobs) == ([], [], [])


def test_a_waiting_job_of_anybodys_is_cancelled_and_a_second_time_refused(
    database: Database, house: House, administration: Administration, root: Actor
) -> None:
    with database.begin() as session:
        job = states.insert(session, house.draft())
    line = administration.tasks.cancel(root, job.public_id)
    assert (line.state, line.error_code) == ("cancelled", "cancelled")
    with pytest.raises(JobAlreadyEnded):
        administration.tasks.cancel(root, job.public_id)
    (entry,) = entries(database)
    assert (entry.action, entry.target) == ("task.cancelled", f"task:{job.public_id}")
    assert entry.target_name == house.owner.username
    assert entry.before == {"state": "queued", "cancel_requested": False}
    assert entry.after == {"state": "cancelled"}
    assert house.ends(job) == 1, "whoever waits for its end is told as ever"


def test_a_running_job_is_asked_to_end_once(
    database: Database, house: House, administration: Administration, root: Actor
) -> None:
    with database.begin() as session:
        job = states.insert_claimed(session, house.draft(), owner="another", lease_sec=60)
    for _ in range(2):
        line = administration.tasks.cancel(root, job.public_id)
        assert (line.state, line.cancel_requested) == ("running", True)
    (entry,) = entries(database)
    assert entry.before == {"state": "running", "cancel_requested": False}
    assert entry.after == {"state": "running", "cancel_requested": True}


def test_entries_are_found_by_what_they_say(
    database: Database, change: Change, people: dict[str, User], root: Actor, boss: Actor
) -> None:
    anna, serg = people["anna"].id, people["serg"].id
    change(anna, plan="pro")
    change(serg, boss, quotas={"storage_mb": 1})
    change(anna, boss, active=False)
    audit, now = Audit(database), utcnow()

    def found(**wish: Any) -> list[int]:
        page = audit.page(AuditWish(**wish))
        assert page.total >= len(page.entries)
        return [entry.id - first for entry in page.entries]

    first = entries(database)[0].id
    assert found() == [2, 1, 0]
    assert found(actor="boss") == [2, 1]
    assert found(target=f"user:{anna}") == found(target="anna") == [2, 0]
    assert found(actor="root", target="serg") == []
    assert found(action="task.cancelled") == []
    assert found(since=now - timedelta(hours=1), until=now) == [2, 1, 0]
    assert found(since=now) == []
    assert found(page=2, page_size=2) == [0]


def test_entries_are_kept_for_a_year(database: Database, change: Change, anna: int) -> None:
    for plan in ("pro", "free"):
        change(anna, plan=plan)
    old, _ = entries(database)
    audit = Audit(database)
    with database.begin() as session:
        almost = utcnow() - timedelta(days=364, hours=23)
        session.execute(update(AuditEntry).where(AuditEntry.id == old.id).values(at=almost))
    audit.forget_old()
    assert len(entries(database)) == 2
    with database.begin() as session:
        past = utcnow() - timedelta(days=365, hours=1)
        session.execute(update(AuditEntry).where(AuditEntry.id == old.id).values(at=past))
    audit.forget_old()
    (left,) = entries(database)
    assert left.after == {"plan": "free"}
