"""What a job is before it is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class JobDraft:
    """What is known of a job before it exists."""

    public_id: str
    user_id: int
    kind: str
    created: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    provider: str | None = None
    slot_id: str | None = None
    input_key: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    webhook_url: str | None = None
    client_metadata: Mapping[str, Any] | None = None
    max_attempts: int = 3
    late_since: datetime | None = None


DRAFTED = tuple(field.name for field in fields(JobDraft))
# What a new job has besides its draft; the same columns are bound for each, so that the statement
# is built and compiled once. The others are NULL.
NEW_JOB: dict[str, Any] = {
    **dict.fromkeys(("owner", "lease_until", "started", "stage")),
    "attempt": 0,
    "crash_count": 0,
    "cancel_requested": False,
    "progress": 0.0,
}
