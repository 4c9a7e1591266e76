"""What each slot is doing now, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from photoai.db import Database
from photoai.models import Job, JobState, LogStatus, ProcessingLog, Slot
from photoai.services.accounts import Caller
from photoai.services.accounts.callers import caller_of
from photoai.services.board import LATELY, Board, SlotNow
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user

NOW = utcnow()


@pytest.fixture
def people(database: Database) -> dict[str, Caller]:
    """Two with the same slots."""
    with database.begin() as session:
        users = [add_user(session, name) for name in ("one", "other")]
        session.flush()
        for user in users:
            for slot_id in ("slot-001", "slot-002"):
                session.add(Slot(user_id=user.id, id=slot_id, updated_at=NOW))
        return {user.username: caller_of(user) for user in users}


def log(
    database: Database, caller: Caller, spent_ms: int, ago_sec: int, slot_id: str = "slot-001",
    status: LogStatus = LogStatus.SUCCESS,
) -> None:  # fmt: skip
    with database.begin() as session:
        session.add(
            ProcessingLog(
                user_id=caller.id,
                slot_id=slot_id,
                created_at=NOW - timedelta(seconds=ago_sec),
                status=status,
                response_time_ms=spent_ms,
            )
        )


def job(
    database: Database, caller: Caller, name: str, state: JobState, slot_id: str = "slot-001"
) -> None:
    with database.begin() as session:
        draft = JobDraft(name, caller.id, "photo", NOW, slot_id=slot_id)
        row = session.get_one(Job, states.insert(session, draft).id)
        row.state = state
        if state == JobState.SUCCEEDED:
            row.result_key = f"results/{name}.1"


def test_a_slot_nobody_has_used_is_quiet(database: Database, people: dict[str, Caller]) -> None:
    assert Board(database).of(people["one"]) == {}


def test_what_waits_and_runs_is_counted_by_slot_and_nobody_elses(
    database: Database, people: dict[str, Caller]
) -> None:
    for number, state in enumerate((JobState.QUEUED, JobState.QUEUED, JobState.RUNNING)):
        job(database, people["one"], f"job-{number}", state)
    job(database, people["one"], "done", JobState.SUCCEEDED)
    job(database, people["one"], "elsewhere", JobState.QUEUED, slot_id="slot-002")
    job(database, people["other"], "theirs", JobState.RUNNING)
    assert Board(database).of(people["one"]) == {
        "slot-001": SlotNow(waiting=2, running=1),
        "slot-002": SlotNow(waiting=1),
    }


def test_the_newest_photo_tells_what_became_of_it_and_the_last_fifty_how_long_they_took(
    database: Database, people: dict[str, Caller]
) -> None:
    for number in range(LATELY):
        log(database, people["one"], spent_ms=(number + 1) * 10, ago_sec=60 + number)
    log(database, people["one"], spent_ms=99_999, ago_sec=3600)  # the fifty-first does not count
    log(database, people["other"], spent_ms=77_777, ago_sec=1)
    found = Board(database).of(people["one"])["slot-001"]
    assert (found.last, found.last_at) == (LogStatus.SUCCESS, NOW - timedelta(seconds=60))
    assert found.p95_ms == 480, "48 of 50 took no longer"
    log(database, people["one"], spent_ms=5, ago_sec=1, status=LogStatus.TIMEOUT)
    assert Board(database).of(people["one"])["slot-001"].last == LogStatus.TIMEOUT


def test_a_slots_results_are_the_newest_that_are_still_there(
    database: Database, people: dict[str, Caller]
) -> None:
    for number in range(12):
        job(database, people["one"], f"job-{number:02}", JobState.SUCCEEDED)
    job(database, people["one"], "failed", JobState.FAILED)
    job(database, people["one"], "elsewhere", JobState.SUCCEEDED, slot_id="slot-002")
    job(database, people["other"], "theirs", JobState.SUCCEEDED)
    found = Board(database).results(people["one"], "slot-001")
    assert [each.public_id for each in found] == [f"job-{number:02}" for number in range(11, 1, -1)]
