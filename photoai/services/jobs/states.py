"""The arrows between a job's states. Each is a compare-and-set: no row changed means that
somebody else was faster, and what the loser made is thrown away.

queued    -> running             claim
running   -> succeeded           result published
running   -> failed              gave up, with a code (`poison` among them)
running   -> queued              another try, worker died, shutdown
running   -> cancelled           cancel reached the runner
queued    -> cancelled           cancel
queued    -> failed              waited too long
queued    -> succeeded           its result was there already
failed, cancelled -> queued      tried again by its owner
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, func, or_, select, update
from sqlalchemy import insert as sql_insert

from photoai.db import Executor, next_job_version
from photoai.errors import PhotoaiError
from photoai.models import Job, JobAttempt, JobRetry, JobState

from .drafts import DRAFTED, NEW_JOB, JobDraft

# The tables themselves, not the mapped classes: their statements are the hot path.
JOBS, ATTEMPTS = cast(Table, Job.__table__), cast(Table, JobAttempt.__table__)
SUCCEED = (
    update(JOBS)
    .where(
        JOBS.c.id == bindparam("of_job"),
        JOBS.c.attempt == bindparam("of_attempt"),
        JOBS.c.state == JobState.RUNNING,
        JOBS.c.cancel_requested.is_(False),
    )
    .values(
        state=JobState.SUCCEEDED,
        stage=None,
        result_key=bindparam("key"),
        result=bindparam("facts"),
        finished=bindparam("now"),
        progress=1.0,
        eta_sec=None,
        lease_until=None,
        version=next_job_version(),
    )
)


INSERT_JOB = (
    sql_insert(JOBS)
    .values(
        version=next_job_version(),
        **{name: bindparam(name) for name in (*DRAFTED, *NEW_JOB, "state")},
    )
    .returning(JOBS.c.id, JOBS.c.version)
)
CLOSE_ATTEMPT = (
    update(ATTEMPTS)
    .where(
        ATTEMPTS.c.job_id == bindparam("of_job"),
        ATTEMPTS.c.attempt == bindparam("of_attempt"),
        ATTEMPTS.c.ended.is_(None),
    )
    .values(ended=bindparam("now"), outcome=bindparam("how"), detail=bindparam("why"))
)
OPEN_ATTEMPT = sql_insert(ATTEMPTS)
JOB = select(JOBS).where(JOBS.c.id == bindparam("of_job"))
OUTCOME = (
    "state",
    "result_key",
    "result",
    "error_code",
    "error_text",
    "error_details",
    "late_since",
)
JOB_OUTCOME = select(*(JOBS.c[name] for name in OUTCOME)).where(JOBS.c.id == bindparam("of_job"))
# A job that was running when its process died this often runs with no other beside it.
SUSPECT_AFTER = 2
DEATHS_ALLOWED = 3
# Where a job's params keep the keys of retries with their digests, when it has a key of its own.
RETRY_KEYS = "retry_keys"
STARTED = "started"  # the stage of a job whose task has not named one yet
# How an attempt's end is written down when no handler was left to say it.
DIED, DIED_ALONE, CHILD_DIED, SHUTDOWN = "died", "died_alone", "child_died", "shutdown"


def insert(db: Executor, draft: JobDraft) -> Job:
    """A new queued job."""
    return _inserted(db, draft, state=JobState.QUEUED)


def insert_claimed(db: Executor, draft: JobDraft, *, owner: str, lease_sec: float) -> Job:
    """A new job that runs from the start: insert and claim in one."""
    now = draft.created
    job = _inserted(
        db,
        draft,
        state=JobState.RUNNING,
        owner=owner,
        attempt=1,
        lease_until=now + timedelta(seconds=lease_sec),
        started=now,
        stage=STARTED,
    )
    _open_attempt(db, job.id, 1, owner, now)
    return job


def insert_done(db: Executor, draft: JobDraft, *, key: str | None, facts: Mapping[str, Any]) -> Job:
    """A new job whose result was there before it."""
    job = insert(db, draft)
    end = {
        "state": JobState.SUCCEEDED, "result_key": key, "result": dict(facts), "progress": 1.0,
        "started": draft.created, "finished": draft.created,
    }  # fmt: skip
    _set(db, and_(Job.id == job.id, Job.state == JobState.QUEUED), **end)
    for name, value in end.items():
        setattr(job, name, value)
    return job


def claim(db: Executor, job_id: int, *, owner: str, now: datetime, lease_sec: float) -> Job | None:
    """queued -> running, or running with an expired lease -> running under a new owner."""
    ready = and_(Job.state == JobState.QUEUED, or_(Job.run_after.is_(None), Job.run_after <= now))
    abandoned = and_(Job.state == JobState.RUNNING, Job.lease_until < now)
    taken = _set(
        db,
        and_(Job.id == job_id, Job.cancel_requested.is_(False), or_(ready, abandoned)),
        state=JobState.RUNNING,
        owner=owner,
        attempt=Job.attempt + 1,
        lease_until=now + timedelta(seconds=lease_sec),
        started=func.coalesce(Job.started, now),
        stage=STARTED,
        run_after=None,
    )
    if not taken:
        return None
    if (job := load(db, job_id)) is None:
        return None
    if job.attempt > 1:
        _close_attempt(db, job_id, job.attempt - 1, now, "lease_expired", None)
    _open_attempt(db, job_id, job.attempt, owner, now)
    return job


def load(db: Executor, job_id: int) -> Job | None:
    """The row as it stands, detached."""
    row = db.execute(JOB, {"of_job": job_id}).mappings().one_or_none()
    return Job(**row) if row else None


def refresh(db: Executor, job: Job) -> bool:
    """Bring a detached job's outcome up to date; False when its row is gone."""
    row = db.execute(JOB_OUTCOME, {"of_job": job.id}).one_or_none()
    if row is None:
        return False
    for name, value in zip(OUTCOME, row, strict=True):
        setattr(job, name, value)
    return True


def is_held(db: Executor, job_id: int, attempt: int) -> bool:
    """Whether this attempt still has the job."""
    return bool(db.scalar(select(func.count()).where(_held(job_id, attempt))))


def has_succeeded(db: Executor, job_id: int, attempt: int) -> bool:
    """Whether it was this attempt that ended the job well."""
    ended = and_(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.SUCCEEDED)
    return bool(db.scalar(select(func.count()).where(ended)))


def renew(db: Executor, *, owner: str, now: datetime, leases_sec: Mapping[str, float]) -> None:
    """One process keeps everything it runs, each job by its kind's lease: beside a video's long
    one, a photo's process must be missed as soon as ever."""
    until = {kind: now + timedelta(seconds=lease) for kind, lease in leases_sec.items()}
    db.execute(
        update(Job)
        .where(Job.owner == owner, Job.state == JobState.RUNNING, Job.kind.in_(until))
        .values(lease_until=case(until, value=Job.kind))
        .execution_options(synchronize_session=False)
    )


def moved(db: Executor, job_id: int, attempt: int, provider: str) -> bool:
    """A running job is at another provider now."""
    return _set(db, _held(job_id, attempt), provider=provider)


def redirected(db: Executor, job: Job, provider: str) -> bool:
    """A job that still waits waits for another provider now."""
    waiting = and_(Job.id == job.id, Job.state == JobState.QUEUED, Job.provider == job.provider)
    return _set(db, waiting, provider=provider)


def progressed(
    db: Executor, job_id: int, attempt: int, fraction: float, stage: str, eta: float | None
) -> bool:
    return _set(db, _held(job_id, attempt), progress=fraction, stage=stage, eta_sec=eta)


def succeed(
    db: Executor, job_id: int, attempt: int, now: datetime,
    *, result_key: str | None, result: Mapping[str, Any],
) -> bool:  # fmt: skip
    """running -> succeeded"""
    facts = {"of_job": job_id, "of_attempt": attempt, "key": result_key, "facts": dict(result)}
    moved = db.execute(SUCCEED, {**facts, "now": now})
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    return _close_attempt(db, job_id, attempt, now, "succeeded", None)


def fail(db: Executor, job_id: int, attempt: int, now: datetime, error: PhotoaiError) -> bool:
    """running -> failed"""
    moved = _set(db, _held(job_id, attempt), **_failure(error, now))
    return moved and _close_attempt(db, job_id, attempt, now, "failed", error.code)


def give_up_waiting(db: Executor, job_id: int, now: datetime, error: PhotoaiError) -> bool:
    """queued -> failed"""
    return _set(db, and_(Job.id == job_id, Job.state == JobState.QUEUED), **_failure(error, now))


def requeue(
    db: Executor, job_id: int, attempt: int, now: datetime,
    *, outcome: str, detail: str | None = None, wait_sec: float = 0.0, crashed: bool = False,
) -> bool:  # fmt: skip
    """running -> queued, unless its owner has asked for its end"""
    moved = _set(
        db,
        and_(_held(job_id, attempt), Job.cancel_requested.is_(False)),
        state=JobState.QUEUED,
        owner=None,
        lease_until=None,
        progress=0.0,
        stage=None,
        eta_sec=None,
        run_after=now + timedelta(seconds=wait_sec) if wait_sec else None,
        crash_count=Job.crash_count + (1 if crashed else 0),
    )
    return moved and _close_attempt(db, job_id, attempt, now, outcome, detail)


def cancel_queued(db: Executor, job_id: int, now: datetime) -> bool:
    """queued -> cancelled"""
    return _set(
        db,
        and_(Job.id == job_id, Job.state == JobState.QUEUED),
        state=JobState.CANCELLED,
        cancel_requested=True,
        error_code="cancelled",
        finished=now,
    )


def ask_to_cancel(db: Executor, job_id: int) -> bool:
    """Leave word for the runner of a running job."""
    return _set(db, and_(Job.id == job_id, Job.state == JobState.RUNNING), cancel_requested=True)


def cancel_running(
    db: Executor, job_id: int, attempt: int, now: datetime, *, if_asked: bool = False
) -> bool:
    """running -> cancelled"""
    held = _held(job_id, attempt)
    moved = _set(
        db,
        and_(held, Job.cancel_requested.is_(True)) if if_asked else held,
        state=JobState.CANCELLED,
        error_code="cancelled",
        finished=now,
        eta_sec=None,
        lease_until=None,
    )
    return moved and _close_attempt(db, job_id, attempt, now, "cancelled", None)


def try_again(db: Executor, job: Job, now: datetime, **wishes: Any) -> bool:
    """failed, cancelled -> queued; `wishes` are columns of whoever asks for it."""
    moved = _set(
        db,
        and_(Job.id == job.id, Job.state.in_([JobState.FAILED, JobState.CANCELLED])),
        **wishes,
        state=JobState.QUEUED,
        owner=None,
        cancel_requested=False,
        run_after=None,
        error_code=None,
        error_text=None,
        error_details=None,
        started=None,
        finished=None,
        progress=0.0,
        stage=None,
        crash_count=0,
        max_attempts=Job.attempt + 3,
    )
    if moved:
        retry = {"job_id": job.id, "user_id": job.user_id, "kind": job.kind, "at": now}
        db.execute(sql_insert(JobRetry).values(**retry))
    return moved


def forget_repeats(db: Executor, job_id: int) -> None:
    """An ended job no longer answers for equal requests."""
    db.execute(update(JOBS).where(JOBS.c.id == job_id).values(idempotency_key=None))


def recover(db: Executor, job: Job, now: datetime, *, alone: bool) -> bool:
    """What its process left behind goes back to the queue; returns False when it is poison.

    A death counts against a job only when it was the only one running.
    """
    outcome = DIED_ALONE if alone else DIED
    fatal = deaths_of_its_own(db, job) + (1 if alone else 0)
    if fatal >= DEATHS_ALLOWED:
        _close_attempt(db, job.id, job.attempt, now, outcome, None)
        return False
    requeue(db, job.id, job.attempt, now, outcome=outcome, crashed=True)
    return True


def deaths_of_its_own(db: Executor, job: Job) -> int:
    """How often this job, and no other, can have brought a process down."""
    query = select(func.count()).where(
        JobAttempt.job_id == job.id, JobAttempt.outcome.in_([DIED_ALONE, CHILD_DIED])
    )
    return db.scalar(query) or 0


def _held(job_id: int, attempt: int) -> ColumnElement[bool]:
    """The fence: this attempt still has the job."""
    return and_(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING)


def _failure(error: PhotoaiError, now: datetime) -> dict[str, Any]:
    return {
        "state": JobState.FAILED,
        "error_code": error.code,
        "error_text": error.message,
        "error_details": error.details or None,
        "finished": now,
        "eta_sec": None,
        "lease_until": None,
    }


def _inserted(db: Executor, draft: JobDraft, **state: Any) -> Job:
    """The row as it was written, detached: nobody has to read it again."""
    drafted = {name: getattr(draft, name) for name in DRAFTED}
    facts = {**NEW_JOB, **drafted, "params": dict(draft.params), **state}
    written = db.execute(INSERT_JOB, facts).one()
    return Job(**facts, id=written.id, version=written.version)


def _set(db: Executor, condition: ColumnElement[bool], **values: Any) -> bool:
    statement = update(JOBS).where(condition)
    changed = db.execute(statement.values(version=next_job_version(), **values))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def _open_attempt(db: Executor, job_id: int, attempt: int, owner: str, now: datetime) -> None:
    row = {"job_id": job_id, "attempt": attempt, "owner": owner, "started": now}
    db.execute(OPEN_ATTEMPT, row)


def _close_attempt(
    db: Executor, job_id: int, attempt: int, now: datetime, outcome: str, detail: str | None
) -> bool:
    facts = {"of_job": job_id, "of_attempt": attempt, "now": now, "how": outcome, "why": detail}
    db.execute(CLOSE_ATTEMPT, facts)
    return True
