"""Calls that are answered later: once, to the right one, across processes, on both databases."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from photoai.db import Database
from photoai.errors import DeliveryForeign, DeliveryUnknown
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


def test_a_delivery_reaches_who_waits_for_it_at_once(calls: Calls) -> None:
    with calls.open("job", "turbotext") as call:
        call.accepted("7")
        found: list[object] = []
        waiting = threading.Thread(
            target=lambda: found.append(call.delivered(time.monotonic() + 30))
        )
        waiting.start()
        calls.deliver("turbotext", token_of(call), "7", ANSWER)
        waiting.join(10)
        assert found == [ANSWER]


def test_only_the_first_delivery_counts(calls: Calls) -> None:
    with calls.open("job", "turbotext") as call:
        call.accepted("7")
        calls.deliver("turbotext", token_of(call), "7", ANSWER)
        calls.deliver("turbotext", token_of(call), "7", {"success": False})
        assert now(call) == ANSWER


def test_a_foreign_delivery_changes_nothing(calls: Calls) -> None:
    with calls.open("job", "turbotext") as call, calls.open("other", "turbotext") as other:
        call.accepted("7")
        other.accepted("8")
        with pytest.raises(DeliveryForeign):
            calls.deliver("turbotext", token_of(call), "8", ANSWER)
        for provider, token in (("gemini", token_of(call)), ("turbotext", "guessed"), ("", "")):
            with pytest.raises(DeliveryUnknown):
                calls.deliver(provider, token, "7", ANSWER)
        assert now(call) is None
        assert now(other) is None


def test_a_delivery_may_come_before_the_calls_own_answer(calls: Calls) -> None:
    with calls.open("job", "turbotext") as call:
        calls.deliver("turbotext", token_of(call), "7", ANSWER)
        call.accepted("7")
        assert now(call) == ANSWER


def test_an_early_delivery_of_another_call_is_thrown_away(calls: Calls) -> None:
    with calls.open("job", "turbotext") as call:
        calls.deliver("turbotext", token_of(call), "666", {"success": True})
        call.accepted("7")
        assert now(call) is None
        calls.deliver("turbotext", token_of(call), "7", ANSWER)
        assert now(call) == ANSWER


def test_nothing_is_expected_once_the_call_is_over(calls: Calls) -> None:
    with calls.open("job", "turbotext") as call:
        token = token_of(call)
    with pytest.raises(DeliveryUnknown):
        calls.deliver("turbotext", token, "7", ANSWER)


def test_a_process_that_takes_over_does_not_call_again(database: Database) -> None:
    """The first one is killed: its block is never left."""
    first = Calls(database).open("job", "turbotext").__enter__()
    first.accepted("7")
    after = Calls(database)
    with after.open("job", "turbotext") as call:
        assert (call.token, call.request_id) == (None, "7")
        Calls(database).deliver("turbotext", token_of(first), "7", ANSWER)  # a third process
        assert call.delivered(time.monotonic() + 30) == ANSWER
    with after.open("job", "turbotext") as call:
        assert call.token is not None, "it was over"


def test_calls_nobody_took_over_are_forgotten(calls: Calls, database: Database) -> None:
    calls.open("old", "turbotext").__enter__()
    calls.open("young", "turbotext").__enter__()
    with database.begin() as session:
        long_ago = utcnow() - timedelta(hours=2)
        session.execute(
            update(ProviderCall).where(ProviderCall.job_id == "old").values(created_at=long_ago)
        )
    calls.forget_old()
    with calls.open("old", "turbotext") as old, calls.open("young", "turbotext") as young:
        assert old.token is not None
        assert young.token is None
