"""How a task looks under /api/v1, and the links that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from photoai.models import Job, JobState
from photoai.schemas.tasks import task_view
from photoai.services.jobs import Outlook

from .context import base_url, services
from .errors import body_of
from .files import file_name
from .jobs import end_of
from .links import RESULT


def task_shown(job: Job) -> dict[str, Any]:
    """A task's row, ready for TaskSchema."""
    return _shown(job, services().outlooks.of(job), whole=True)


def tasks_shown(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """The same for a list, where long settings are left out."""
    outlooks = services().outlooks.of_all(jobs)
    return [_shown(job, outlook, whole=False) for job, outlook in zip(jobs, outlooks, strict=True)]


def _shown(job: Job, outlook: Outlook, *, whole: bool) -> dict[str, Any]:
    error = body_of(end_of(job)) if job.error_code else None
    return task_view(job, outlook, error, _outputs(job), base_url(), whole=whole)


def _outputs(job: Job) -> list[dict[str, Any]]:
    """What a finished task has made, with links that work without credentials."""
    if job.state != JobState.SUCCEEDED or job.result_key is None:
        return []
    facts, token = job.result or {}, services().secrets.link_token(RESULT, job.public_id)
    own = f"{base_url()}/api/v1/tasks/{job.public_id}"
    made = {
        "name": file_name(job.kind, facts["mime"]),
        "mime": facts["mime"],
        "size_bytes": facts["size_bytes"],
        "url": f"{own}/result?token={token}",
        "poster_url": f"{own}/poster?token={token}" if facts.get("has_poster") else None,
    }
    return [made]
