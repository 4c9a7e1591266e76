"""What photos failed with lately, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from photoai.db import Database
from photoai.errors import PhotoaiError, ProviderOverloaded, ProviderRefused
from photoai.models import LogStatus, Slot
from photoai.services.accounts.callers import caller_of
from photoai.services.clock import utcnow
from photoai.services.failures import Failures, FailureWish
from photoai.services.providers.reasons import UNSAFE, explained
from photoai.services.stats import log_outcome
from tests.support.people import add_user

NOW = utcnow()


def test_the_most_frequent_come_first_and_nobody_elses(database: Database) -> None:
    refused = ProviderRefused(**explained("SAFETY", UNSAFE))
    failed: list[tuple[str, PhotoaiError | None, LogStatus]] = [
        ("one", ProviderOverloaded(), LogStatus.ERROR),
        *[("one", refused, LogStatus.ERROR)] * 2,
        ("one", None, LogStatus.SUCCESS),
        *[("other", ProviderOverloaded(), LogStatus.ERROR)] * 5,
    ]
    with database.begin() as session:
        users = {name: add_user(session, name) for name in ("one", "other")}
        session.flush()
        for user in users.values():
            session.add(Slot(user_id=user.id, id="slot-001", updated_at=NOW))
        session.flush()
        for number, (name, error, status) in enumerate(failed):
            log_outcome(
                session, user_id=users[name].id, slot_id="slot-001",
                received=NOW - timedelta(seconds=number), job_id=f"job-{number}",
                provider_id="gemini", status=status, error=error,
            )  # fmt: skip
        one = caller_of(users["one"])
    found = Failures(database).lately(one)
    first, second = found.failures
    assert found.total == 2
    assert (first.said, first.count, first.provider_id) == (UNSAFE.said, 2, "gemini")
    assert first.advice == UNSAFE.advice
    assert (second.code, second.count, second.advice) == ("provider_overloaded", 1, "")


def test_failures_are_told_of_a_slot_or_a_provider_page_by_page(database: Database) -> None:
    failed = [
        ("slot-001", "gemini", ProviderRefused()), ("slot-001", "gemini", ProviderOverloaded()),
        ("slot-002", "gemini", ProviderRefused()), ("slot-002", "openai", ProviderRefused()),
        ("slot-002", "openai", ProviderRefused()), ("slot-003", None, ProviderRefused()),
    ]  # fmt: skip
    with database.begin() as session:
        user = add_user(session, "one")
        session.flush()
        for number in (1, 2, 3):
            session.add(Slot(user_id=user.id, id=f"slot-{number:03}", updated_at=NOW))
        session.flush()
        for number, (slot_id, provider_id, error) in enumerate(failed):
            log_outcome(
                session, user_id=user.id, slot_id=slot_id, received=NOW, job_id=f"job-{number}",
                provider_id=provider_id, status=LogStatus.ERROR, error=error,
            )  # fmt: skip
        one = caller_of(user)

    def told(**wish: Any) -> tuple[int, list[tuple[str, str | None, int]]]:
        found = Failures(database).lately(one, FailureWish(**wish))
        named = [(each.code, each.provider_id, each.count) for each in found.failures]
        return found.total, named

    refused, overloaded = "provider_refused", "provider_overloaded"
    assert told(slot_id="slot-001") == (2, [(overloaded, "gemini", 1), (refused, "gemini", 1)])
    assert told(provider_id="openai") == (1, [(refused, "openai", 2)])
    assert told(slot_id="slot-001", provider_id="openai") == told(slot_id="slot-040") == (0, [])
    assert told(page_size=2)[0] == 4
    pages = [told(page=page, page_size=3)[1] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert len({each for page in pages for each in page}) == 4, "no failure is on two pages"
    assert told(page=1_000_000, page_size=100) == (4, [])
