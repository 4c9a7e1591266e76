"""What is counted and written of tasks, on each database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from photoai.db import Database
from photoai.models import Job, JobState, OperationLog
from photoai.services.clock import utcnow
from photoai.services.edits import KINDS, OperationLogs
from photoai.services.edits.estimate import recent_facts
from photoai.services.edits.figures import figures_of, theirs_of
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user


@pytest.fixture
def user_id(database: Database) -> int:
    with database.begin() as session:
        return add_user(session, "anna").id


def ended(
    database: Database, user_id: int, name: str, kind: str = "trim", *, age: timedelta, sec: float
) -> Job:
    began = utcnow() - age
    with database.begin() as session:
        job = states.insert(session, JobDraft(name, user_id, kind, began))
        facts = {"encoded_megapixels": 20.0, "encode_sec": sec, "quality": "low"}
        values = {"started": began, "finished": began + timedelta(seconds=sec), "result": facts}
        done = update(Job).where(Job.id == job.id).values(state=JobState.SUCCEEDED, **values)
        session.execute(done)
    return job


def test_only_ones_own_tasks_of_the_last_thirty_days_count(
    database: Database, user_id: int
) -> None:
    with database.begin() as session:
        other = add_user(session, "somebody-else").id
    ended(database, user_id, "old", age=timedelta(days=31), sec=900)
    ended(database, other, "foreign", age=timedelta(hours=1), sec=900)
    ended(database, user_id, "photo", "photo", age=timedelta(hours=1), sec=900)
    for number, sec in enumerate((1, 2, 3, 10)):
        ended(database, user_id, f"own-{number}", age=timedelta(hours=1), sec=sec)
    found = figures_of(database, user_id, KINDS)
    assert (found.whole.total, found.whole.success_rate) == (4, 1.0)
    assert [found.by_type["trim"].percentile_sec(percent) for percent in (50, 95)] == [2, 10]
    assert found.by_type["probe"].total == 0


def test_estimates_come_from_the_newest_of_the_type(database: Database, user_id: int) -> None:
    ended(database, user_id, "one", age=timedelta(hours=1), sec=4)
    ended(database, user_id, "other", "join", age=timedelta(hours=1), sec=9)
    (facts,) = recent_facts(database, "trim")
    assert (facts["encode_sec"], facts["settings"]) == (4, {"quality": "low"})


def test_a_log_goes_with_its_age_or_its_job(database: Database, user_id: int) -> None:
    logs = OperationLogs(database, live_hours=24)
    kept, gone = (
        ended(database, user_id, name, age=timedelta(), sec=1) for name in ("kept", "gone")
    )
    for job in (kept, kept, gone):
        logs.note(job, {"operation": "render", "duration_sec": 1, "success": True, "words": "\0a"})
    with database.begin() as session:
        first = session.query(OperationLog).order_by(OperationLog.id).first()
        assert first is not None
        first.timestamp = utcnow() - timedelta(hours=25)
        session.execute(text("DELETE FROM job WHERE public_id = 'gone'"))
    logs.forget_old()
    assert [step.words for step in logs.of(kept).operations] == ["a"]
    assert list(logs.of(gone).operations) == []


def test_tasks_are_found_without_a_look_at_photos(database: Database, user_id: int) -> None:
    query = Job.__table__.select().where(*theirs_of(user_id, KINDS)).order_by(Job.id.desc())
    with database.look() as connection:
        if database.dialect != "sqlite":
            connection.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN" if database.dialect != "sqlite" else "EXPLAIN QUERY PLAN"
        asked = query.compile(database.engine, compile_kwargs={"literal_binds": True})
        plan = str(connection.execute(text(f"{explain} {asked}")).all())
    assert "ix_job_no_photo" in plan
