"""No way to more merges or tasks than the plan has: orders, retries and replays, one by one and at
once, in one process or several; both databases."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from photoai.config import Config
from photoai.db import Database
from photoai.errors import PlanUsedUp
from photoai.models import Job, JobState, Role
from photoai.services import Services
from photoai.services.accounts import Caller, Usage
from photoai.services.clock import utcnow
from photoai.services.jobs import NO_WISHES, Done, JobDraft, Submitted, Wishes
from photoai.services.merges import MergeOrder, MergeSettings, Source
from tests.conftest import without_addresses
from tests.support.people import add_user

from .test_accounts import all_at_once

AT_ONCE, A_DAY = 3, 5
FREE = {"merges_at_once": AT_ONCE, "merges_per_day": A_DAY, "clip_max_mb": 1, "storage_mb": 1}
ORDER = MergeOrder((Source(url="http://127.0.0.1:9/clip.mp4"),), MergeSettings())
Order = Callable[[], Submitted]


@pytest.fixture
def processes(
    database: Database, database_url: str, config: Config
) -> Iterator[tuple[Services, Services]]:
    """Two on one database; nothing that is accepted is begun."""
    plans = config.path("instance_dir") / "plans.json"
    plans.write_text(json.dumps({"free": FREE, "pro": FREE, "enterprise": FREE}))
    own = dataclasses.replace(
        config, database_url=database_url, plans_file=plans, fetch_allowed_hosts=("127.0.0.1",)
    )
    both = without_addresses(own)[1], without_addresses(own)[1]
    yield both
    for each in both:
        each.shut_down()


@pytest.fixture
def services(processes: tuple[Services, Services]) -> Services:
    return processes[0]


@pytest.fixture
def anna(services: Services) -> Caller:
    with services.database.begin() as session:
        return Caller(add_user(session, "anna").id, "anna", Role.MEMBER)


@pytest.fixture
def order(services: Services, anna: Caller) -> Order:
    return lambda: services.merges.start(anna, ORDER, NO_WISHES)


def cancelled(services: Services, anna: Caller, submitted: Submitted) -> str:
    """The number of a merge that was cancelled while it waited."""
    services.jobs.cancel(anna, submitted.job.public_id)
    return submitted.job.public_id


def refused(call: Callable[[], Any]) -> tuple[str, int]:
    """Which limit it was, and how much of it is used."""
    with pytest.raises(PlanUsedUp) as refusal:
        call()
    assert refusal.value.retry_after
    return refusal.value.details["limit"], refusal.value.details["used"]


def test_a_replay_needs_a_place_of_its_own(services: Services, anna: Caller, order: Order) -> None:
    ended = cancelled(services, anna, order())
    for _ in range(AT_ONCE):
        services.replays.start(anna, ended)
    assert refused(lambda: services.replays.start(anna, ended)) == ("merges_at_once", AT_ONCE)
    assert services.accounts.profile(anna).usage.merges_running == AT_ONCE


def test_what_is_tried_again_needs_a_place_as_well(
    services: Services, anna: Caller, order: Order
) -> None:
    ended = cancelled(services, anna, order())
    for _ in range(AT_ONCE):
        order()
    assert refused(lambda: services.jobs.retry(anna, ended)) == ("merges_at_once", AT_ONCE)
    assert services.jobs.get(anna, ended).state == JobState.CANCELLED


def test_what_is_tried_again_counts_for_the_day_once_more(
    services: Services, anna: Caller, order: Order
) -> None:
    ended = cancelled(services, anna, order())
    with services.database.begin() as session:
        yesterday = utcnow() - timedelta(hours=25)
        session.execute(update(Job).values(created=yesterday))
    assert services.accounts.profile(anna).usage.merges_today == 0
    for count in range(1, A_DAY + 1):
        services.jobs.retry(anna, ended)
        services.jobs.cancel(anna, ended)
        assert services.accounts.profile(anna).usage.merges_today == count
    for call in (lambda: services.jobs.retry(anna, ended), order):
        assert refused(call) == ("merges_per_day", A_DAY)


def test_who_has_used_up_a_day_is_told_when_the_next_place_is_free(
    services: Services, anna: Caller, order: Order
) -> None:
    ended = [cancelled(services, anna, order()) for _ in range(A_DAY - 1)]
    with services.database.begin() as session:
        oldest = update(Job).where(Job.public_id == ended[0])
        session.execute(oldest.values(created=utcnow() - timedelta(hours=23)))
    services.jobs.retry(anna, ended[1])
    with pytest.raises(PlanUsedUp) as refusal:
        order()
    assert refusal.value.retry_after == pytest.approx(3600, abs=60)


def test_of_many_at_once_in_two_processes_no_more_start_than_may(
    processes: tuple[Services, Services], anna: Caller
) -> None:
    services = processes[0]
    ended = cancelled(services, anna, services.merges.start(anna, ORDER, NO_WISHES))
    calls = [
        call
        for each in (*processes, *processes)
        for call in (
            lambda each=each: each.merges.start(anna, ORDER, NO_WISHES),
            lambda each=each: each.replays.start(anna, ended),
            lambda each=each: each.jobs.submit_done(draft(each, anna), Done(None)),
        )
    ]
    answers = all_at_once([*calls, lambda: services.jobs.retry(anna, ended)])
    usage = services.accounts.profile(anna).usage
    assert set(map(type, answers)) == {Submitted, type}, answers
    assert PlanUsedUp in answers
    assert usage.merges_running <= AT_ONCE
    assert usage.merges_today <= A_DAY


def test_equal_calls_for_the_last_place_are_all_answered_with_its_merge(
    processes: tuple[Services, Services], anna: Caller, order: Order
) -> None:
    for _ in range(AT_ONCE - 1):
        order()
    wishes = Wishes(idempotency_key="once", request_digest="the same")
    calls = [lambda each=each: each.merges.start(anna, ORDER, wishes) for each in (*processes,) * 3]
    answers = all_at_once(calls)
    assert len({answer.job.public_id for answer in answers}) == 1


def test_tasks_of_all_types_are_counted_together_and_apart_from_merges(
    services: Services, anna: Caller, order: Order
) -> None:
    def task(kind: str) -> Submitted:
        made = JobDraft(str(uuid.uuid4()), anna.id, kind, utcnow())
        return services.jobs.submit(made)

    order()
    started = [task(kind) for kind in ("trim", "probe", "combined")]
    assert refused(lambda: task("join")) == ("tasks_at_once", AT_ONCE)
    for each in started:
        cancelled(services, anna, each)
    assert services.accounts.profile(anna).usage == Usage(1, 1, 0, 3)
    for _ in range(A_DAY - 3):
        cancelled(services, anna, task("trim"))
    assert refused(lambda: task("trim")) == ("tasks_per_day", A_DAY)
    order()


def draft(services: Services, anna: Caller) -> Any:
    return services.merges._draft(anna, ORDER)
