"""What is told of a job's end, and how the receiver knows that it was us."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from photoai.errors import error_named
from photoai.models import Job
from photoai.services.jobs import job_links, made_of
from photoai.services.pickup_links import PickupLinks
from photoai.services.secrets import Secrets


def notice(event: str, delivery_id: str, created: datetime, facts: Mapping[str, Any]) -> str:
    """A message that is about no job, as the very text that is signed and sent."""
    head = {"event": event, "delivery_id": delivery_id, "created_at": _moment(created)}
    return json.dumps({**head, **facts}, ensure_ascii=False)


def body(job: Job, delivery_id: str, created: datetime, base_url: str, pickups: PickupLinks) -> str:
    """The message of a job that has ended, as the very text that is signed and sent. Without a
    `base_url` it holds no links."""
    message = {
        "event": event_of(job),
        "delivery_id": delivery_id,
        "created_at": _moment(created),
        "job": facts(job, base_url.rstrip("/"), pickups),
        "metadata": job.client_metadata or {},
    }
    return json.dumps(message, ensure_ascii=False)


def event_of(job: Job) -> str:
    return f"job.{job.state}"


def event_in(text: str) -> str:
    """The event of a message made by `body`."""
    return str(json.loads(text)["event"])


def facts(job: Job, base: str, pickups: PickupLinks) -> dict[str, Any]:
    """A job as `GET /api/tasks/{id}` shows it to whoever asks in English."""
    shown = {
        "id": job.public_id,
        "type": job.kind,
        "state": job.state,
        "stage": job.stage,
        "progress": job.progress,
        "eta_sec": job.eta_sec,
        "overdue_in_sec": None,
        "attempt": job.attempt,
        "slot_id": job.slot_id,
        "test": job.is_test,
        "created_at": _moment(job.created),
        "started_at": _moment(job.started),
        "finished_at": _moment(job.finished),
        "error": _error(job),
        "result": job.result,
        "late": job.is_late,
        **made_of(job),
    }
    return shown | ({"links": job_links(job, base), **pickups.shown(job, base)} if base else {})


def secret_for(secrets: Secrets, user_id: int) -> str:
    """What a user's messages are signed with; the server's key brings forth the same each time."""
    return secrets.key_for(f"webhook {user_id}")


def signature(secret: str, text: str, now: datetime) -> str:
    """`t=UNIX,v1=HEX`: HMAC-SHA256 (RFC 2104) of `UNIX.TEXT` under the secret's characters. The
    time is signed too, so that an old message cannot be sent again as a new one."""
    stamp = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.{text}".encode(), hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def _error(job: Job) -> dict[str, Any] | None:
    if not job.error_code:
        return None
    error = error_named(job.error_code, job.error_text, job.error_details)
    return {"code": error.code, "message": error.message, "details": error.details}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
