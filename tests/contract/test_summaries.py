"""The daily summary on both databases: what it says, and that it is put into the outbox once."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from photoai.config import Config
from photoai.db import Database
from photoai.errors import ProviderRefused, ProviderTimeout, WebhookRefused
from photoai.errors.alerts import SummaryNowhereToSend
from photoai.models import LogStatus, ProcessingLog, Role, Slot, SummaryPlan
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.fetch import Fetcher
from photoai.services.secrets import Secrets
from photoai.services.summaries import Plan, Summaries
from photoai.services.summaries.summaries import last_due
from photoai.services.webhooks import Webhooks
from tests.support.evening import add_job
from tests.support.people import add_user

HOOK = "http://127.0.0.1:9/summary"


@pytest.fixture
def operator(database: Database) -> Caller:
    with database.begin() as session:
        user = add_user(session, "owner", Role.OPERATOR)
        session.add(Slot(user_id=user.id, id="slot-001", updated_at=utcnow()))
        return Caller(user.id, "owner", Role.OPERATOR)


@pytest.fixture
def process(database: Database, config: Config) -> Callable[[], Summaries]:
    """Makes what another process has; nothing is sent."""
    allowed = dataclasses.replace(config, fetch_allowed_hosts=("127.0.0.1",))

    def make() -> Summaries:
        fetcher = Fetcher(allowed.fetch_allowed_hosts)
        return Summaries(database, Webhooks(database, fetcher, Secrets("a key"), allowed))

    return make


def log(database: Database, user_id: int, name: str, status: LogStatus, **facts: object) -> None:
    row = {
        "user_id": user_id, "slot_id": "slot-001", "job_id": name, "status": status,
        "created_at": utcnow(), "response_time_ms": 1000, **facts,
    }  # fmt: skip
    with database.begin() as session:
        session.add(ProcessingLog(**row))


def planned(database: Database, summaries: Summaries, operator: Caller) -> None:
    """A plan for this very hour, as it was made two days ago."""
    summaries.change(operator, Plan(HOOK, utcnow().hour))
    with database.begin() as session:
        session.execute(update(SummaryPlan).values(since=utcnow() - timedelta(days=2)))


def test_the_last_due_moment_is_today_or_yesterday() -> None:
    noon = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    assert last_due(noon, 12) == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert last_due(noon, 13) == datetime(2026, 11, 20, 13, tzinfo=UTC)


@pytest.mark.slow
def test_many_processes_put_one_a_day(
    database: Database, operator: Caller, process: Callable[[], Summaries]
) -> None:
    planned(database, process(), operator)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda made: made.put_due(), [process() for _ in range(6)]))
    process().put_due()  # as after a restart
    (only,) = process().deliveries(operator)
    assert (only.event, only.row.url) == ("summary.day", HOOK)


@pytest.mark.slow
def test_one_that_was_missed_is_made_up_for_and_a_new_plan_waits(
    database: Database, operator: Caller, process: Callable[[], Summaries]
) -> None:
    summaries = process()
    summaries.change(operator, Plan(HOOK, utcnow().hour))
    summaries.put_due()
    assert summaries.deliveries(operator) == [], "its hour had come before it was asked for"
    planned(database, summaries, operator)
    with database.begin() as session:
        two_days_ago = utcnow().date() - timedelta(days=2)
        session.execute(update(SummaryPlan).values(last_day=two_days_ago))
    summaries.put_due()
    assert len(summaries.deliveries(operator)) == 1


@pytest.mark.slow
def test_it_adds_up_what_the_photos_came_to(
    database: Database, operator: Caller, process: Callable[[], Summaries]
) -> None:
    summaries = process()
    summaries.change(operator, Plan(HOOK))
    add_job(database, operator.id, "done", "succeeded")
    for number in range(9):
        name = "done" if number == 0 else f"good-{number}"
        spent_ms = 1000 * (number + 1)
        log(database, operator.id, name, LogStatus.SUCCESS, response_time_ms=spent_ms, cost=0.04)
    log(database, operator.id, "bad", LogStatus.ERROR, error_code="provider_refused", cost=0.01)
    log(database, operator.id, "late", LogStatus.TIMEOUT, error_code="provider_timeout")
    long_ago = utcnow() - timedelta(hours=25)
    log(database, operator.id, "old", LogStatus.ERROR, error_code="x", created_at=long_ago)

    told = json.loads(summaries.send_test(operator).row.body)
    assert told["event"] == "summary.test"
    summary = told["summary"]
    for name in ("from", "to"):
        del summary[name]
    assert summary == {
        "photos": 11, "succeeded": 9, "errors": 2, "late": 1, "error_percent": 18.18,
        "cost_usd": 0.37, "p50_ms": 5000, "p95_ms": 9000,
        "rungs": [{"rung": "0:gemini", "photos": 1, "percent": 100.0}],
        "top_errors": [
            {"code": each.code, "message": each.explain(), "photos": 1}
            for each in (ProviderRefused, ProviderTimeout)
        ],
    }  # fmt: skip


@pytest.mark.slow
def test_a_quiet_day_is_told_too(operator: Caller, process: Callable[[], Summaries]) -> None:
    summaries = process()
    summaries.change(operator, Plan(HOOK))
    summary = json.loads(summaries.send_test(operator).row.body)["summary"]
    assert (summary["photos"], summary["p95_ms"], summary["top_errors"]) == (0, None, [])


@pytest.mark.slow
def test_it_goes_nowhere_unasked_and_to_no_address_of_our_own(
    operator: Caller, process: Callable[[], Summaries]
) -> None:
    summaries = process()
    with pytest.raises(SummaryNowhereToSend):
        summaries.send_test(operator)
    with pytest.raises(WebhookRefused):
        summaries.change(operator, Plan("http://169.254.169.254/latest"))
    summaries.change(operator, Plan(HOOK))
    summaries.change(operator, Plan(None))
    assert summaries.plan(operator) == Plan()
    summaries.put_due()
    assert summaries.deliveries(operator) == []
