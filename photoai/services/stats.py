"""The processing log: what every ingest request came to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from photoai.errors import PhotoaiError
from photoai.models import LogStatus, ProcessingLog
from photoai.services.clock import utcnow


def log_outcome(
    session: Session,
    *,
    user_id: int,
    slot_id: str,
    received: datetime,
    job_id: str | None = None,
    provider_id: str | None = None,
    cost: float | None = None,
    status: LogStatus = LogStatus.SUCCESS,
    error: PhotoaiError | None = None,
) -> None:
    """Write the request's one row. A row that is there keeps its status: a photo that was late
    stays late, only what it cost is added."""
    row = (
        session.scalar(select(ProcessingLog).where(ProcessingLog.job_id == job_id))
        if job_id
        else None
    )
    if row is not None:
        row.cost = cost if cost is not None else row.cost
        return
    spent_ms = round((utcnow() - received).total_seconds() * 1000)
    session.add(
        ProcessingLog(
            user_id=user_id,
            slot_id=slot_id,
            job_id=job_id,
            provider_id=provider_id,
            created_at=received,
            status=status,
            response_time_ms=max(0, spent_ms),
            cost=cost,
            error_code=error.code if error else None,
            error_message=error.message if error else None,
        )
    )
