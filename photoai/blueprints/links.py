"""Links of jobs."""

from __future__ import annotations

from flask import url_for

from photoai.models import Job

from .context import config, services

RESULT = "result"


def _absolute_url(endpoint: str, **values: str) -> str:
    # url_for already keeps the mount prefix.
    path = url_for(endpoint, **values)
    base = config().public_base_url.rstrip("/")
    return base + path if base else absolute_here(path)


def absolute_here(path: str) -> str:
    from flask import request

    return request.host_url.rstrip("/") + path


def signed_result_link(public_id: str) -> str:
    """A link to a job's result that works without credentials."""
    token = services().secrets.link_token(RESULT, public_id)
    return _absolute_url("tasks.result", task_id=public_id, token=token)


def job_links(job: Job) -> dict[str, str]:
    own = _absolute_url("tasks.task", task_id=job.public_id)
    return {
        "self": own,
        "result": _absolute_url("tasks.result", task_id=job.public_id),
        "cancel": own,
    }
