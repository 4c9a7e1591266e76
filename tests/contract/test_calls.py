"""Calls that are answered later: once, to the right one, across processes, on both databases."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from photoai.db import Database
from photoai.errors import DeliveryForeign, DeliveryUnknown, ProviderTimeout
from photoai.models import ProviderCall
from photoai.services.calls import Call, Calls
from photoai.services.clock import utcnow

ANSWER = {"success": True, "asyncid": 7}


@pytest.fixture
def calls(database: Database) -> Calls:
    return Calls(database)


def now(call: Call) -> object:
    return call.delivered(time.monotonic())


def token_of(call: Call) -> str:
    assert call.token is not None
    return call.token


def end(calls: Calls, database: Database, job_id: str) -> None:
    with database.begin() as session:
        calls.end(session, job_id)


def test_a_delivery_reaches_who_waits_for_it_at_once(calls: Calls) -> None:
    call = calls.begin("job", "turbotext")
    call.accepted("7")
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(call.delivered(time.monotonic() + 30)))
    waiting.start()
    calls.deliver("turbotext", token_of(call), "7", ANSWER)
    waiting.join(10)
    assert found == [ANSWER]


def test_only_the_first_delivery_counts(calls: Calls) -> None:
    call = calls.begin("job", "turbotext")
    call.accepted("7")
    calls.deliver("turbotext", token_of(call), "7", ANSWER)
    calls.deliver("turbotext", token_of(call), "7", {"success": False})
    assert now(call) == ANSWER


def test_a_foreign_delivery_changes_nothing(calls: Calls) -> None:
    call, other = calls.begin("job", "turbotext"), calls.begin("other", "turbotext")
    call.accepted("7")
    other.accepted("8")
    with pytest.raises(DeliveryForeign):
        calls.deliver("turbotext", token_of(call), "8", ANSWER)
    for provider, token in (("gemini", token_of(call)), ("turbotext", "guessed"), ("", "")):
        with pytest.raises(DeliveryUnknown):
            calls.check_expected(provider, token)
        with pytest.raises(DeliveryUnknown):
            calls.deliver(provider, token, "7", ANSWER)
    calls.check_expected("turbotext", token_of(call))
    assert now(call) is None
    assert now(other) is None


def test_a_delivery_may_come_before_the_calls_own_answer(calls: Calls) -> None:
    call = calls.begin("job", "turbotext")
    calls.deliver("turbotext", token_of(call), "7", ANSWER)
    call.accepted("7")
    assert now(call) == ANSWER


def test_an_early_delivery_of_another_call_is_thrown_away(calls: Calls) -> None:
    call = calls.begin("job", "turbotext")
    calls.deliver("turbotext", token_of(call), "666", {"success": True})
    call.accepted("7")
    assert now(call) is None
    calls.deliver("turbotext", token_of(call), "7", ANSWER)
    assert now(call) == ANSWER


def test_nothing_is_expected_once_the_job_has_ended(calls: Calls, database: Database) -> None:
    call = calls.begin("job", "turbotext")
    end(calls, database, "job")
    with pytest.raises(DeliveryUnknown):
        calls.deliver("turbotext", token_of(call), "7", ANSWER)
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        call.delivered(started + 30)
    assert time.monotonic() - started < 10


def test_an_attempt_whose_call_was_replaced_touches_the_new_one_no_more(
    calls: Calls, database: Database
) -> None:
    """A job was cancelled and tried again while its first attempt still waits."""
    first = calls.begin("job", "turbotext")
    end(calls, database, "job")
    second = calls.begin("job", "turbotext")
    first.accepted("6")
    first.not_taken()
    with pytest.raises(ProviderTimeout):
        now(first)
    calls.deliver("turbotext", token_of(second), "7", ANSWER)
    assert now(second) == ANSWER


def test_an_attempt_that_takes_over_does_not_call_again(database: Database) -> None:
    first = Calls(database).begin("job", "turbotext")
    after = Calls(database)  # in another process
    call = after.resumed("job", "turbotext")
    assert call is not None
    assert (call.token, call.request_id) == (None, None)
    first.accepted("7")
    assert now(call) is None
    assert call.request_id == "7", "it can be asked for"
    Calls(database).deliver("turbotext", token_of(first), "7", ANSWER)  # a third process
    assert call.delivered(time.monotonic() + 30) == ANSWER
    assert after.resumed("job", "gemini") is None
    first.not_taken()
    assert after.resumed("job", "turbotext") is None


def test_calls_of_jobs_that_never_ended_are_forgotten(calls: Calls, database: Database) -> None:
    calls.begin("old", "turbotext")
    calls.begin("young", "turbotext")
    with database.begin() as session:
        long_ago = utcnow() - timedelta(hours=2)
        session.execute(
            update(ProviderCall).where(ProviderCall.job_id == "old").values(created_at=long_ago)
        )
    calls.forget_old()
    assert calls.resumed("old", "turbotext") is None
    assert calls.resumed("young", "turbotext") is not None
