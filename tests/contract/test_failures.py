"""What photos failed with lately, on both databases."""

from __future__ import annotations

from datetime import timedelta

from photoai.db import Database
from photoai.errors import PhotoaiError, ProviderOverloaded, ProviderRefused
from photoai.models import LogStatus, Slot
from photoai.services.accounts.callers import caller_of
from photoai.services.clock import utcnow
from photoai.services.failures import Failures
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
    first, second = Failures(database).lately(one)
    assert (first.said, first.count, first.provider_id) == (UNSAFE.said, 2, "gemini")
    assert first.advice == UNSAFE.advice
    assert (second.code, second.count, second.advice) == ("provider_overloaded", 1, "")
