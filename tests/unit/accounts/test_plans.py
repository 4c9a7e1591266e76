"""Plans: what the file says, who has which, and what of it is used."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from photoai.config import Config
from photoai.errors import ConfigError
from photoai.models import Job, JobState, Role, User
from photoai.services import Services
from photoai.services.accounts import PLAN_NAMES, Caller, Plans
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states

GIVEN = json.loads(Config().path("plans_file").read_text())


@pytest.fixture
def member(services: Services) -> Caller:
    user = User(
        username="member", role=Role.MEMBER, password_hash="", plan="pro",
        tokens_valid_from=utcnow(), created_at=utcnow(),
    )  # fmt: skip
    with services.database.begin() as session:
        session.add(user)
    return Caller(user.id, "member", Role.MEMBER, "pro")


def test_the_shipped_plans_are_what_accounts_have(services: Services) -> None:
    accounts = services.accounts
    free = accounts.plan_of(Caller(1, "anna", Role.MEMBER))
    assert (free.name, free.merges_at_once, free.merges_per_day) == ("free", 5, 100)
    assert (free.clip_max_mb, free.storage_mb) == (20, 2000)
    assert accounts.plan_of(Caller(1, "anna", Role.MEMBER, "enterprise")).merges_per_day is None


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_those_who_run_the_house_have_the_largest_whatever_their_row_says(
    services: Services, role: Role
) -> None:
    plan = services.accounts.plan_of(Caller(1, "serg", role, "free"))
    assert (plan.merges_at_once, plan.merges_per_day) == (100, None)


def test_a_plan_that_is_no_more_counts_as_the_smallest(services: Services) -> None:
    assert services.accounts.plan_of(Caller(1, "anna", Role.MEMBER, "gold")).name == "free"


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        json.dumps({"free": GIVEN["free"]}),
        json.dumps({**GIVEN, "gold": GIVEN["free"]}),
        json.dumps({**GIVEN, "free": GIVEN["free"] | {"clip_max_mb": 0}}),
        json.dumps({**GIVEN, "free": GIVEN["free"] | {"clip_max_mb": "much"}}),
        json.dumps({**GIVEN, "free": GIVEN["free"] | {"surprise": 1}}),
        json.dumps({**GIVEN, "pro": {"merges_at_once": 1}}),
    ],
)
def test_plans_that_cannot_be_stop_the_start(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "plans.json"
    file.write_text(broken)
    with pytest.raises(ConfigError, match=r"plans\.json"):
        Plans.load(dataclasses.replace(Config(), plans_file=file))


def test_plans_that_are_missing_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"plans\.json"):
        Plans.load(dataclasses.replace(Config(), plans_file=tmp_path / "plans.json"))


@pytest.mark.parametrize(("server_takes_mb", "shown"), [(7, [7, 7, 7]), (200, [20, 100, 200])])
def test_no_plan_promises_a_larger_clip_than_the_server_takes(
    server_takes_mb: int, shown: list[int]
) -> None:
    plans = Plans.load(dataclasses.replace(Config(), video_max_file_mb=server_takes_mb))
    assert [plans.named(name).clip_max_mb for name in PLAN_NAMES] == shown
    assert plans.largest.clip_max_mb == shown[-1]


def test_usage_counts_the_accounts_own_merges(services: Services, member: Caller) -> None:
    old = timedelta(hours=25)

    def job(state: JobState, kind: str = "merge", user_id: int = member.id, **facts: Any) -> None:
        created = utcnow() - facts.pop("age", timedelta())
        with services.database.begin() as session:
            draft = JobDraft(f"job-{utcnow().timestamp()}", user_id, kind, created)
            made = states.insert(session, draft)
            session.execute(update(Job).where(Job.id == made.id).values(state=state))

    job(JobState.SUCCEEDED, age=old)
    job(JobState.RUNNING, age=old)
    job(JobState.QUEUED)
    job(JobState.SUCCEEDED)
    job(JobState.QUEUED, kind="photo")
    job(JobState.QUEUED, user_id=1)
    usage = services.accounts.profile(member).usage
    assert (usage.merges_running, usage.merges_today) == (2, 2)
