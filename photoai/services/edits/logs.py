"""What the programs that worked on a task have said, kept as long as results are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from photoai.db import Database
from photoai.models import Job, JobAttempt, OperationLog
from photoai.services.clock import utcnow

LONGEST_WORDS, LONGEST_NAME = 20_000, 50
MOST_SHOWN = 1000


@dataclass(frozen=True)
class TaskLog:
    """Every attempt at a task, and every step of all of them, in their order."""

    attempts: Sequence[JobAttempt]
    operations: Sequence[OperationLog]


class OperationLogs:
    def __init__(self, database: Database, live_hours: int) -> None:
        self._db = database
        self._live = timedelta(hours=live_hours)

    def note(self, job: Job, told: Mapping[str, Any]) -> None:
        """One step, as the child has told of it: `operation`, `duration_sec`, `success`,
        `exit_code`, `words`. Losing it costs nothing."""
        success, details = bool(told["success"]), told.get("details") or {}
        if not success and told.get("exit_code") is not None:
            details = {"exit_code": told["exit_code"], **details}
        row = {
            "task_id": job.id,
            "attempt": job.attempt,
            "operation_type": str(told["operation"])[:LONGEST_NAME],
            "duration_sec": float(told["duration_sec"]),
            "success": success,
            "error_details": None if success else details,
            "words": str(told.get("words") or "")[-LONGEST_WORDS:].replace("\0", ""),
            "timestamp": utcnow(),
        }
        with self._db.transaction(durable=False) as db:
            db.execute(insert(OperationLog).values(**row))

    def of(self, job: Job) -> TaskLog:
        attempts = select(JobAttempt).where(JobAttempt.job_id == job.id)
        steps = select(OperationLog).where(OperationLog.task_id == job.id)
        with self._db.read() as session:
            tried = session.scalars(attempts.order_by(JobAttempt.attempt)).all()
            newest = session.scalars(steps.order_by(OperationLog.id.desc()).limit(MOST_SHOWN))
            return TaskLog(tried, list(newest)[::-1])

    def forget_old(self) -> None:
        old = OperationLog.timestamp < utcnow() - self._live
        with self._db.begin(durable=False) as session:
            session.execute(delete(OperationLog).where(old))
