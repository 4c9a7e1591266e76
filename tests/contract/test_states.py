"""The arrows between states and the fence, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from photoai.db import Database
from photoai.errors import PhotoaiError
from photoai.models import Job, JobAttempt, JobState
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from tests.support.people import add_user


@pytest.fixture
def job(database: Database) -> Job:
    with database.begin() as session:
        user = add_user(session, "owner")
        draft = JobDraft(public_id="one", user_id=user.id, kind="photo", created=utcnow())
        return states.insert(session, draft)


def claim(database: Database, job: Job, owner: str = "me", late: float = 0) -> Job | None:
    now = utcnow() + timedelta(seconds=late)
    with database.begin() as session:
        return states.claim(session, job.id, owner=owner, now=now, lease_sec=6)


def state(database: Database, job: Job) -> str:
    with database.read() as session:
        return session.get_one(Job, job.id).state


def test_only_one_of_two_claims_succeeds(database: Database, job: Job) -> None:
    first, second = claim(database, job), claim(database, job, "other")
    assert first is not None
    assert first.attempt == 1
    assert second is None


def test_an_expired_lease_may_be_taken_over_and_fences_the_old_owner(
    database: Database, job: Job
) -> None:
    old = claim(database, job)
    new = claim(database, job, "other", late=7)
    assert old is not None
    assert new is not None
    assert new.attempt == 2
    with database.begin() as session:
        assert not states.succeed(session, job.id, 1, utcnow(), result_key="a", result={})
        assert states.succeed(session, job.id, 2, utcnow(), result_key="b", result={"x": 1})
    with database.read() as session:
        stored = session.get_one(Job, job.id)
        assert (stored.state, stored.result_key, stored.result) == ("succeeded", "b", {"x": 1})
        outcomes = session.scalars(select(JobAttempt.outcome).order_by(JobAttempt.attempt)).all()
    assert outcomes == ["lease_expired", "succeeded"]


def test_a_renewed_lease_is_not_taken_over(database: Database, job: Job) -> None:
    claim(database, job)
    with database.begin() as session:
        later = utcnow() + timedelta(seconds=5)
        states.renew(session, owner="me", now=later, leases_sec={job.kind: 6, "video": 60})
    assert claim(database, job, "other", late=7) is None
    assert claim(database, job, "other", late=13), "what else runs there has a lease of its own"


def test_a_cancelled_job_is_not_claimed(database: Database, job: Job) -> None:
    with database.begin() as session:
        assert states.cancel_queued(session, job.id, utcnow())
    assert claim(database, job) is None
    assert state(database, job) == JobState.CANCELLED


def test_completion_and_cancellation_cannot_both_win(database: Database, job: Job) -> None:
    claim(database, job)
    with database.begin() as session:
        assert states.ask_to_cancel(session, job.id)
        assert not states.succeed(session, job.id, 1, utcnow(), result_key="a", result={})
        assert states.cancel_running(session, job.id, 1, utcnow())
        assert not states.fail(session, job.id, 1, utcnow(), PhotoaiError())
    assert state(database, job) == JobState.CANCELLED


def test_late_progress_changes_nothing(database: Database, job: Job) -> None:
    claim(database, job)
    with database.begin() as session:
        assert states.progressed(session, job.id, 1, 0.5, "halfway", 3.0)
        states.fail(session, job.id, 1, utcnow(), PhotoaiError())
        assert not states.progressed(session, job.id, 1, 0.9, "late", None)


def test_a_job_put_back_waits_until_it_is_due(database: Database, job: Job) -> None:
    claim(database, job)
    with database.begin() as session:
        states.requeue(session, job.id, 1, utcnow(), outcome="error", wait_sec=30)
    assert claim(database, job) is None
    assert claim(database, job, late=31) is not None


def test_every_change_gets_a_higher_version(database: Database, job: Job) -> None:
    before = job.version
    claim(database, job)
    with database.begin() as session:
        draft = JobDraft(public_id="two", user_id=job.user_id, kind="photo", created=utcnow())
        other = states.insert(session, draft)
    with database.read() as session:
        versions = [before, session.get_one(Job, job.id).version, other.version]
    assert versions == sorted(set(versions))


def test_deaths_count_only_when_it_was_alone(database: Database, job: Job) -> None:
    for alone, poison in [(False, False)] * 4 + [(True, False), (True, False), (True, True)]:
        claimed = claim(database, job)
        assert claimed is not None
        with database.begin() as session:
            assert states.recover(session, claimed, utcnow(), alone=alone) is not poison


def test_a_failed_job_can_be_tried_again_and_a_finished_one_cannot(
    database: Database, job: Job
) -> None:
    claim(database, job)
    with database.begin() as session:
        states.fail(session, job.id, 1, utcnow(), PhotoaiError())
        assert states.try_again(session, job, utcnow())
    now = utcnow() + timedelta(minutes=40)
    with database.transaction() as db:
        again = states.claim(db, job.id, owner="me", now=now, lease_sec=6)
    assert again is not None
    assert again.started == now, "how long it took is not from its first start on"
    with database.begin() as session:
        states.succeed(session, job.id, 2, utcnow(), result_key=None, result={})
        assert not states.try_again(session, job, utcnow())


def test_an_error_s_text_holds_nothing_of_a_row(database: Database, job: Job) -> None:
    twin = JobDraft(job.public_id, job.user_id, "photo", utcnow(), webhook_url="https://a.b/TOKEN")
    with pytest.raises(IntegrityError) as refused, database.begin() as session:
        states.insert(session, twin)
    assert "TOKEN" not in str(refused.value)
