"""The processing log: what every ingest request came to."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func

from photoai.db import INSERTS, Executor, dialect_of
from photoai.errors import PhotoaiError
from photoai.models import LogStatus, ProcessingLog
from photoai.services.clock import utcnow

LOG = cast(Table, ProcessingLog.__table__)


def log_outcome(
    db: Executor,
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
    stays late, only what it cost is added: a job that is tried again may cost twice."""
    spent_ms = round((utcnow() - received).total_seconds() * 1000)
    row = {
        "user_id": user_id,
        "slot_id": slot_id,
        "job_id": job_id,
        "provider_id": provider_id,
        "created_at": received,
        "status": status,
        "response_time_ms": max(0, spent_ms),
        "cost": cost,
        "error_code": error.code if error else None,
        "error_message": error.message if error else None,
    }
    db.execute(_insert_or_add_cost(dialect_of(db)), row)


@functools.cache
def _insert_or_add_cost(dialect: str) -> Any:
    """Built once: SQLAlchemy copies the table for what it calls `excluded`."""
    insert = INSERTS[dialect](LOG)
    newer, known = insert.excluded.cost, LOG.c.cost
    cost = func.coalesce(known + newer, newer, known)
    return insert.on_conflict_do_update(index_elements=["job_id"], set_={"cost": cost})
