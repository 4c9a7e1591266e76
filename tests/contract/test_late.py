"""The late tray on both databases."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import update

from photoai.db import Database
from photoai.errors import JobUnknown
from photoai.models import Job, Role, Slot
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.jobs import LateTray, late
from tests.support.evening import add_job
from tests.support.people import add_user

STATES = ("queued", "running", "succeeded", "failed", "cancelled")


@pytest.fixture
def operators(database: Database) -> tuple[Caller, Caller]:
    """Each with a job in every state."""
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("owner", "neighbour")]
        for user in users:
            session.add(Slot(user_id=user.id, id="slot-001", updated_at=utcnow()))
    for user in users:
        for state in STATES:
            add_job(database, user.id, f"{user.username}-{state}", state)
    owner, neighbour = (Caller(user.id, user.username, Role.OPERATOR) for user in users)
    return owner, neighbour


def test_what_is_late_is_in_its_operators_tray_until_it_is_handed_over(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, neighbour = operators
    tray = LateTray(database, LocalEvents())

    def shown(caller: Caller = owner) -> list[str]:
        return names(tray.page(caller).jobs)

    assert shown() == [], "nobody said that anything is late"
    for state in STATES:
        tray.put(f"owner-{state}", utcnow())
    tray.put("neighbour-succeeded", utcnow())
    assert shown() == ["succeeded", "running", "queued"], "what came to nothing is no photo"
    assert names(tray.finished(owner)) == ["succeeded"]
    for name in ("neighbour-succeeded", "nobodys", "owner"):
        with pytest.raises(JobUnknown):
            tray.hand_over(owner, name)
        with pytest.raises(JobUnknown):
            tray.take_back(owner, name)
    for _ in range(2):
        tray.hand_over(owner, "owner-succeeded")
    assert shown() == ["running", "queued"]
    tray.take_back(owner, "owner-succeeded")
    assert names(tray.finished(owner)) == ["succeeded"]
    assert tray.hand_over_all(owner, ["neighbour-succeeded", "owner-running"]).count == 0
    assert tray.hand_over_all(owner).count == 1
    assert (shown(), shown(neighbour)) == (["running", "queued"], ["succeeded"])
    with database.begin() as session:
        session.execute(update(Job).where(Job.user_id == neighbour.id).values(result_key=None))
    assert shown(neighbour) == [], "a photo that was deleted can be handed over by nobody"


def test_an_undo_puts_exactly_those_back_that_one_call_handed_over(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, neighbour = operators
    tray = LateTray(database, LocalEvents())
    photos = [add_job(database, owner.id, f"late-{n}", "succeeded") for n in range(4)]
    for name in [*photos, "neighbour-succeeded"]:
        tray.put(name, utcnow())
    before = tray.hand_over(owner, photos[0])
    handed = tray.hand_over_all(owner, photos[:3])
    since = tray.hand_over_all(owner)
    assert [each.count for each in (before, handed, since)] == [1, 2, 1]
    again = tray.hand_over_all(owner, photos)
    assert (again.count, tray.undoable(owner, again.receipt)) == (0, 0)
    assert tray.undoable(owner, handed.receipt) == 2
    for caller, receipt in (
        (neighbour, handed.receipt), (owner, ""), (owner, "yesterday"), (owner, "2026-11-23"),
        (owner, "0001-01-01T00:00:00+14:00"), (owner, "2026-11-23T03:00:00"), (owner, "\0"),
    ):  # fmt: skip
        assert tray.put_back(caller, receipt) == tray.undoable(caller, receipt) == 0, receipt
    assert tray.page(owner).total == 0
    assert [tray.put_back(owner, handed.receipt) for _ in range(2)] == [2, 0]
    assert names(tray.finished(owner)) == ["2", "1"]
    assert tray.put_back(owner, before.receipt) == 1
    assert names(tray.finished(owner)) == ["2", "1", "0"]
    with database.begin() as session:
        session.execute(update(Job).where(Job.public_id == photos[3]).values(result_key=None))
    assert tray.put_back(owner, since.receipt) == 0, "a photo that was deleted stays out"


def test_an_undo_is_offered_for_minutes(
    database: Database, operators: tuple[Caller, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, _ = operators
    tray = LateTray(database, LocalEvents())
    tray.put("owner-succeeded", utcnow())
    now = utcnow()
    handed = tray.hand_over(owner, "owner-succeeded")
    monkeypatch.setattr(late, "utcnow", lambda: now + late.UNDO_OFFERED / 2)
    assert tray.undoable(owner, handed.receipt) == 1
    monkeypatch.setattr(late, "utcnow", lambda: now + late.UNDO_OFFERED * 2)
    assert tray.undoable(owner, handed.receipt) == 0
    assert tray.put_back(owner, handed.receipt) == 1, "who has kept it may still use it"


def test_a_tray_is_told_whole_and_read_page_by_page(
    database: Database, operators: tuple[Caller, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, neighbour = operators
    tray = LateTray(database, LocalEvents())
    for n in range(7):
        tray.put(add_job(database, owner.id, f"late-{n}", "succeeded"), utcnow())
    for name in ("owner-queued", "neighbour-succeeded"):
        tray.put(name, utcnow())
    pages = [tray.page(owner, page=number, page_size=3) for number in (1, 2, 3, 4)]
    assert [page.total for page in pages] == [8] * 4
    assert [names(page.jobs) for page in pages] == [
        ["6", "5", "4"], ["3", "2", "1"], ["0", "queued"], [],
    ]  # fmt: skip
    monkeypatch.setattr(late, "READ_AT_ONCE", 3)
    everything = tray.finished(owner)
    assert names([next(everything)]) == ["6"]
    tray.hand_over_all(owner, ["late-5", "late-3"])
    assert names(everything) == ["5", "4", "2", "1", "0"], "what left meanwhile is not read twice"
    assert next(tray.finished(neighbour)).public_id == "neighbour-succeeded"


def names(jobs: Iterable[Job]) -> list[str]:
    return [job.public_id.partition("-")[2] for job in jobs]


def test_a_photo_that_its_booth_came_back_for_leaves_the_tray_and_one_in_time_never_was_there(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, _ = operators
    tray = LateTray(database, LocalEvents())
    with database.begin() as session:
        (job,) = session.query(Job).filter_by(public_id="owner-succeeded").all()
        tray.mark(session, job.id)
    first = tray.page(owner).jobs[0]
    with database.begin() as session:
        tray.mark(session, job.id)
    assert tray.page(owner).jobs[0].late_since == first.late_since
    assert first.is_late
    assert first.version > job.version, "whoever listens is told"
    tray.delivered("owner-succeeded")
    tray.delivered("owner-queued")
    with database.read() as session:
        rows = {row.public_id: row for row in session.query(Job).filter_by(user_id=owner.id)}
    assert not rows["owner-succeeded"].is_late
    assert rows["owner-queued"].late_since is None
    assert not rows["owner-queued"].is_late


def test_a_photo_its_booth_has_got_by_a_second_call_does_not_come_back_with_the_first(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, _ = operators
    tray, answering = LateTray(database, LocalEvents()), utcnow()
    tray.delivered("owner-succeeded")
    tray.put("owner-succeeded", answering)
    assert tray.page(owner).total == 0
    tray.put("owner-succeeded", utcnow())  # a third call that broke off: this one lacks it
    assert names(tray.page(owner).jobs) == ["succeeded"]


def test_nothing_but_photos_is_in_the_tray(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, _ = operators
    tray = LateTray(database, LocalEvents())
    with database.begin() as session:
        (job,) = session.query(Job).filter_by(public_id="owner-succeeded").all()
        job.kind, job.late_since = "merge", utcnow()
    assert tray.page(owner).total == 0
    assert list(tray.finished(owner)) == []
    assert tray.hand_over_all(owner).count == 0


def test_what_was_deleted_is_not_handed_over(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, _ = operators
    tray = LateTray(database, LocalEvents())
    tray.put("owner-succeeded", utcnow())
    with database.begin() as session:
        (job,) = session.query(Job).filter_by(public_id="owner-succeeded").all()
        job.result_key = None
    assert tray.hand_over_all(owner).count == 0
