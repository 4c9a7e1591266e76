"""Jobs: the truth about all work, in every mode."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type

PHOTO = "photo"  # the kind of job that is a guest's photo
REHEARSAL = "rehearsal"  # in a job's params: its guest is a drawn one
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class Job(Model):
    """One piece of work. `attempt` is the fence: every write of a runner names its attempt."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        Index(
            "ix_job_queued",
            "id",
            postgresql_where=text("state = 'queued'"),
            sqlite_where=text("state = 'queued'"),
        ),
        Index(
            "ix_job_running",
            "lease_until",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
        Index(None, "user_id", "id"),
        # Newest first within any state and kind, of everybody's or one account's, and counted. What
        # waits and runs is left to the indexes above, which must stay the ones to be taken for it.
        Index(
            "ix_job_ended",
            "state",
            "kind",
            "id",
            postgresql_where=text("finished IS NOT NULL"),
            sqlite_where=text("finished IS NOT NULL"),
        ),
        Index(
            "ix_job_user_ended",
            "user_id",
            "state",
            "kind",
            "id",
            postgresql_where=text("finished IS NOT NULL"),
            sqlite_where=text("finished IS NOT NULL"),
        ),
        Index(None, "version"),
        Index(
            "ix_job_slot",
            "user_id",
            "slot_id",
            "id",
            postgresql_where=text("slot_id IS NOT NULL"),
            sqlite_where=text("slot_id IS NOT NULL"),
        ),
        Index(
            "ix_job_late",
            "user_id",
            "id",
            postgresql_where=text("late_since IS NOT NULL AND handed_over IS NULL"),
            sqlite_where=text("late_since IS NOT NULL AND handed_over IS NULL"),
        ),
        # An operator may have made a million photos and three merges.
        Index(
            "ix_job_no_photo",
            "user_id",
            "id",
            postgresql_where=text("kind <> 'photo'"),
            sqlite_where=text("kind <> 'photo'"),
        ),
        Index(
            "ix_job_input_key",
            "created",
            postgresql_where=text("input_key IS NOT NULL"),
            sqlite_where=text("input_key IS NOT NULL"),
        ),
        Index(
            "ix_job_result",
            "result_key",
            postgresql_where=text("result_key IS NOT NULL"),
            sqlite_where=text("result_key IS NOT NULL"),
        ),
        Index(
            "ix_job_result_key",
            "finished",
            postgresql_where=text("result_key IS NOT NULL"),
            sqlite_where=text("result_key IS NOT NULL"),
        ),
        # What one account has made and what is still there, by the moment it was finished.
        Index(
            "ix_job_gallery",
            "user_id",
            "finished",
            "id",
            postgresql_where=text("result_key IS NOT NULL"),
            sqlite_where=text("result_key IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    provider: Mapped[str | None] = mapped_column(Text)
    slot_id: Mapped[str | None] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    input_key: Mapped[str | None] = mapped_column(Text)
    result_key: Mapped[str | None] = mapped_column(Text)

    state: Mapped[str] = mapped_column(Text, default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    crash_count: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    run_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)

    version: Mapped[int] = mapped_column(BigInteger)
    progress: Mapped[float] = mapped_column(default=0.0)
    stage: Mapped[str | None] = mapped_column(Text)
    eta_sec: Mapped[float | None] = mapped_column()
    result: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    error_code: Mapped[str | None] = mapped_column(Text)
    error_text: Mapped[str | None] = mapped_column(Text)
    error_details: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_digest: Mapped[str | None] = mapped_column(Text)
    webhook_url: Mapped[str | None] = mapped_column(Text)
    client_metadata: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    engine_job_id: Mapped[int | None] = mapped_column(BigInteger)

    created: Mapped[datetime] = mapped_column(UtcDateTime)
    started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of photos no booth waits for any more: since when, and when a person has handed them over.
    late_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handed_over: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_late(self) -> bool:
        """Whether it is a photo in the late tray, or will be when it is finished."""
        return self.late_since is not None and self.handed_over is None

    @property
    def is_photo(self) -> bool:
        """Whether it is a photo of a slot, which has a guest."""
        return self.kind == PHOTO

    @property
    def is_test(self) -> bool:
        """Whether it only tries something out and is not counted."""
        return bool(self.params.get("test"))


class JobAttempt(Model):
    """One run of a job: who ran it and how it ended."""

    __tablename__ = "job_attempt"

    job_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[str] = mapped_column(Text)
    started: Mapped[datetime] = mapped_column(UtcDateTime)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)


class JobRetry(Model):
    """An ended job was put back into the queue by its owner: as good as one more order."""

    __tablename__ = "job_retry"
    __table_args__ = (Index(None, "job_id"), Index(None, "user_id", "at"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    job_id: Mapped[int] = mapped_column(BigKey, ForeignKey("job.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Permit(Model):
    """A running job's place at its provider, of all places in all processes; it ends with its
    lease. A job that only waits for a while has none, one that calls twice has one for each
    `call`: 0 is its own."""

    __tablename__ = "permit"
    __table_args__ = (Index(None, "pool"),)

    job_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    call: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="0")
    attempt: Mapped[int] = mapped_column()
    pool: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column()
    slot_id: Mapped[str | None] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    lease_until: Mapped[datetime] = mapped_column(UtcDateTime)
