"""Nudges, whoever passes them on; the row is the truth."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from photoai.db import Database
from photoai.services.events import LocalEvents, PostgresEvents
from tests.support.ear import Ear
from tests.support.waiting import wait_until


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def events(database: Database, ear: Ear) -> Iterator[LocalEvents]:
    made = LocalEvents() if database.dialect == "sqlite" else PostgresEvents(database, 0.3)
    made.watch(ear)
    made.start()
    if database.dialect == "postgresql":
        wait_until(lambda: made.hears_all, 5, "it listens")
    yield made
    made.stop()


def test_who_waits_for_a_job_is_nudged(events: LocalEvents) -> None:
    with events.subscribe(7) as seven, events.subscribe(8) as eight:
        events.publish(7)
        assert seven.nudge.is_set()
        assert not eight.nudge.is_set()
        events.wake_everybody()
        assert eight.nudge.is_set()


def test_a_nudge_between_the_subscription_and_the_wait_is_not_lost(events: LocalEvents) -> None:
    with events.subscribe(7) as waiting:
        events.publish(7)
        done = threading.Thread(target=waiting.wait, args=(20,))
        done.start()
        done.join(5)
        assert not done.is_alive()


def test_watchers_hear_of_everything(events: LocalEvents, ear: Ear) -> None:
    looks = ear.looks
    events.publish(7)
    events.publish_slot(1, "slot-003")
    events.publish_account(3)
    events.wake_everybody()
    assert ear.accounts == [3]
    assert (ear.jobs, ear.slots, ear.looks) == ([7], [(1, "slot-003")], looks + 1)
