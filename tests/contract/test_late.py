"""The late tray on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from photoai.db import Database
from photoai.errors import JobUnknown
from photoai.models import Job, Role, Slot
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.jobs import LateTray
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

    def shown(caller: Caller = owner, **how: bool) -> list[str]:
        return [job.public_id.partition("-")[2] for job in tray.photos(caller, **how)]

    assert shown() == [], "nobody said that anything is late"
    for state in STATES:
        tray.put(f"owner-{state}")
    tray.put("neighbour-succeeded")
    assert shown() == ["succeeded", "running", "queued"], "what came to nothing is no photo"
    assert shown(finished=True) == ["succeeded"]
    for name in ("neighbour-succeeded", "nobodys", "owner"):
        with pytest.raises(JobUnknown):
            tray.hand_over(owner, name)
        with pytest.raises(JobUnknown):
            tray.take_back(owner, name)
    for _ in range(2):
        tray.hand_over(owner, "owner-succeeded")
    assert shown() == ["running", "queued"]
    tray.take_back(owner, "owner-succeeded")
    assert shown(finished=True) == ["succeeded"]
    assert tray.hand_over_all(owner, ["neighbour-succeeded", "owner-running"]) == 0
    assert tray.hand_over_all(owner) == 1
    assert (shown(), shown(neighbour)) == (["running", "queued"], ["succeeded"])
    with database.begin() as session:
        session.execute(update(Job).where(Job.user_id == neighbour.id).values(result_key=None))
    assert shown(neighbour) == [], "a photo that was deleted can be handed over by nobody"


def test_a_photo_that_its_booth_came_back_for_leaves_the_tray_and_one_in_time_never_was_there(
    database: Database, operators: tuple[Caller, Caller]
) -> None:
    owner, _ = operators
    tray = LateTray(database, LocalEvents())
    with database.begin() as session:
        (job,) = session.query(Job).filter_by(public_id="owner-succeeded").all()
        tray.mark(session, job.id)
    first = tray.photos(owner)[0]
    with database.begin() as session:
        tray.mark(session, job.id)
    assert tray.photos(owner)[0].late_since == first.late_since
    assert first.is_late
    assert first.version > job.version, "whoever listens is told"
    tray.delivered("owner-succeeded")
    tray.delivered("owner-queued")
    with database.read() as session:
        rows = {row.public_id: row for row in session.query(Job).filter_by(user_id=owner.id)}
    assert not rows["owner-succeeded"].is_late
    assert rows["owner-queued"].late_since is rows["owner-queued"].handed_over is None
