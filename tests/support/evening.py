"""Jobs of an evening, as rows: waiting, running, done, too late, failed, cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from photoai.db import Database
from photoai.errors import ProviderRefused, ProviderTimeout
from photoai.models import Job, LogStatus
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.stats import log_outcome

FACTS = {"mime": "image/jpeg", "size_bytes": 3, "rung": "0:gemini", "model": "m-1", "cost": 0.04}


def add_job(
    database: Database,
    user_id: int,
    name: str,
    state: str = "queued",
    *,
    slot_id: str | None = "slot-001",
    kind: str = "photo",
    hours_ago: float = 0.0,
    params: dict[str, Any] | None = None,
) -> str:
    """A job in that state, which is its public id's name; `late` is a photo that succeeded after
    its booth had been told that it would not be in time."""
    created = utcnow() - timedelta(hours=hours_ago)
    draft = JobDraft(name, user_id, kind, created, params or {}, provider="gemini", slot_id=slot_id)
    with database.begin() as session:
        if state == "queued":
            return states.insert(session, draft).public_id
        job = states.insert_claimed(session, draft, owner="me", lease_sec=600)
        ended = created + timedelta(seconds=2)
        if state == "late":
            log_outcome(
                session, user_id=user_id, slot_id=slot_id or "", received=created, job_id=name,
                status=LogStatus.TIMEOUT, error=ProviderTimeout(),
            )  # fmt: skip
        if state in {"succeeded", "late"}:
            states.succeed(session, job.id, 1, ended, result_key=f"results/{name}", result=FACTS)
        elif state == "failed":
            states.fail(session, job.id, 1, ended, ProviderRefused())
        elif state == "cancelled":
            states.cancel_running(session, job.id, 1, ended)
        session.execute(update(Job).where(Job.id == job.id).values(created=created))
    return name
