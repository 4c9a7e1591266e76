"""The rows of a rehearsal, and what the newest photos were like, on both databases."""

from __future__ import annotations

import threading

import pytest

from photoai.db import Database
from photoai.errors import Sentence
from photoai.models import PHOTO, Role, Slot
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.rehearsals.figures import USUAL_BYTES, lately, price_of
from photoai.services.rehearsals.records import ROWS, SILENT_AFTER, Records
from photoai.services.rehearsals.verdicts import green, yellow
from tests.support.people import add_user

pytestmark = pytest.mark.slow


@pytest.fixture
def owner(database: Database) -> int:
    with database.begin() as session:
        user, neighbour = (add_user(session, name, Role.OPERATOR) for name in ("owner", "other"))
        for each in (user, neighbour):
            session.add(Slot(user_id=each.id, id="slot-001", updated_at=utcnow()))
        session.flush()
        found: int = user.id
    return found


@pytest.fixture
def records(database: Database) -> Records:
    return Records(database)


def test_what_is_looked_at_already_is_left_to_that_look(records: Records, owner: int) -> None:
    assert records.begin(owner, ["disk", "clock"], "first") == ["disk", "clock"]
    assert records.begin(owner, ["disk", "queue"], "second") == ["queue"]
    assert records.rows(owner)["disk"].is_running
    assert records.rows(owner + 1) == {}
    records.end(owner, "disk", "second", green(), 1)
    assert records.rows(owner)["disk"].is_running, "it is the first look's"
    records.end(owner, "disk", "first", yellow(Sentence("At most {most} bytes.", most=5)), 7)
    row = records.rows(owner)["disk"]
    assert (row.is_running, row.light, row.ms, row.said) == (
        False, "yellow", 7, ["At most 5 bytes."],
    )  # fmt: skip
    assert row.said[0].template == "At most {most} bytes."


def test_a_look_whose_process_is_gone_loses_its_rows(
    database: Database, records: Records, owner: int
) -> None:
    records.begin(owner, ["disk"], "first")
    with database.begin() as session:
        session.execute(ROWS.update().values(alive_at=utcnow() - SILENT_AFTER))
    assert not records.rows(owner)["disk"].is_running
    records.alive("first")
    assert records.rows(owner)["disk"].is_running, "it was only slow"
    with database.begin() as session:
        session.execute(ROWS.update().values(alive_at=utcnow() - SILENT_AFTER))
    assert records.begin(owner, ["disk"], "second") == ["disk"]
    records.end(owner, "disk", "first", green(), 1)
    assert records.rows(owner)["disk"].light is None, "it came too late"


def test_of_looks_that_begin_at_once_one_has_each_row(records: Records, owner: int) -> None:
    owned: list[str] = []
    together = threading.Barrier(4)

    def begin(number: int) -> None:
        together.wait()
        owned.extend(records.begin(owner, ["disk", "clock"], str(number)))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(owned) == ["clock", "disk"]


def test_the_newest_photos_tell_time_size_and_price(database: Database, owner: int) -> None:
    assert lately(database, owner).photo_bytes == USUAL_BYTES
    facts = {"mime": "image/jpeg", "provider": "gemini", "usage": {"total": 1500}}
    photos = [
        (owner, {"cost": 0.03, "model": "new", "size_bytes": 1000}),
        (owner, {"cost": 0.04, "model": "new", "size_bytes": 3000}),
        (owner + 1, {"cost": 9.0, "model": "new", "size_bytes": 9}),
    ]
    for number, (user_id, more) in enumerate(photos):
        with database.begin() as session:
            draft = JobDraft(str(number), user_id, PHOTO, utcnow(), slot_id="slot-001")
            states.insert_done(session, draft, key=f"results/{number}", facts=facts | more)
    figures = lately(database, owner)
    assert (figures.photo_bytes, figures.usual_tokens) == (2000, {"gemini": 1500})
    assert figures.cost_usd[("slot-001", "gemini", "new")] == 0.04, "the newest"
    assert price_of(figures, "slot-001", "gemini", None) == 0.04
    assert price_of(figures, "slot-002", "gemini", None) is None
