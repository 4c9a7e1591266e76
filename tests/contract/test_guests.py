"""Callers without an account: who they are, what they may, when they are forgotten; both
databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    AccountInactive,
    BadCredentials,
    PlanUsedUp,
    TooManyGuests,
    Unauthorized,
)
from photoai.models import FileKind, Job, JobState, User, UserFile
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.ascii import Look
from photoai.services.clock import utcnow
from photoai.services.conversions import ASCII, ConversionOrder, conversion_id
from photoai.services.jobs import JobDraft
from tests.conftest import without_addresses

from .test_accounts import all_at_once

ORDER = ConversionOrder(Look(), fps=30, crf=23, file_id="file")
HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def services(database: Database, database_url: str, config: Config) -> Iterator[Services]:
    """Nothing that is accepted is begun."""
    own = dataclasses.replace(
        config, database_url=database_url, allow_anonymous=("ascii",), anonymous_jobs_max=3
    )
    found = without_addresses(own)[1]
    yield found
    found.shut_down()


def guest(services: Services, address: str = HERE) -> Caller:
    return services.guests.from_address("ascii", address)


def order(services: Services, caller: Caller) -> Job:
    draft = JobDraft(conversion_id(), caller.id, ASCII, utcnow(), ORDER.as_json())
    return services.jobs.submit(draft).job


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (HERE, HERE, True),
        (HERE, THERE, False),
        ("2001:db8:0:1::5", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::5", "2001:db8:0:2::5", False),
        ("::ffff:203.0.113.7", HERE, True),
        ("", "unix", False),
    ],
)
def test_an_address_is_one_guest_and_its_name_does_not_tell_it(
    services: Services, one: str, other: str, same: bool
) -> None:
    first, second = guest(services, one), guest(services, other)
    assert (first.id == second.id) is same
    assert first.is_guest
    assert first.username.startswith("guest:")
    assert not one or one not in first.username
    assert services.accounts.plan_of(first).name == "anonymous"


def test_many_who_come_at_once_from_one_address_are_one(services: Services) -> None:
    assert len({each.id for each in all_at_once([lambda: guest(services)] * 8)}) == 1


def test_nobody_signs_in_as_a_guest(services: Services) -> None:
    name = guest(services).username
    for password in ("", "guest", "x" * 20):
        with pytest.raises(BadCredentials):
            services.accounts.authenticate(name, password)


def test_what_is_not_named_is_for_accounts(services: Services) -> None:
    assert services.guests.may_use("ascii")
    assert not services.guests.may_use("reels")
    with pytest.raises(Unauthorized):
        services.guests.from_address("reels", HERE)


def test_one_that_is_switched_off_stays_outside(services: Services) -> None:
    known = guest(services)
    with services.database.begin() as session:
        session.execute(update(User).where(User.id == known.id).values(active=False))
    with pytest.raises(AccountInactive):
        guest(services)


def test_each_has_the_plans_limits_and_all_together_another(services: Services) -> None:
    for _ in range(2):
        order(services, guest(services))
    with pytest.raises(PlanUsedUp):
        order(services, guest(services))
    order(services, guest(services, THERE))
    with pytest.raises(TooManyGuests):
        order(services, guest(services, "203.0.113.9"))


def test_those_of_long_ago_are_forgotten_with_their_jobs(services: Services) -> None:
    old, busy, keeping = (guest(services, f"203.0.113.{number}") for number in range(3))
    long_ago = utcnow() - timedelta(days=8)
    jobs = [order(services, each) for each in (old, keeping)]
    with services.database.begin() as session:
        session.execute(update(User).where(User.role == "guest").values(created_at=long_ago))
        done = {"created": long_ago, "state": JobState.SUCCEEDED, "finished": long_ago}
        session.execute(update(Job).where(Job.id.in_([job.id for job in jobs])).values(**done))
        session.add(
            UserFile(
                id="kept",
                user_id=keeping.id,
                name="a.mp4",
                kind=FileKind.VIDEO,
                size_bytes=1,
                mime="video/mp4",
                sha256="0" * 64,
                key="files/kept",
                created_at=long_ago,
            )
        )
    order(services, busy)
    services.guests.forget_old()
    with services.database.read() as session:
        left = {user.id for user in session.query(User).filter_by(role="guest")}
        assert left == {busy.id, keeping.id}
        assert session.get(Job, jobs[0].id) is None
