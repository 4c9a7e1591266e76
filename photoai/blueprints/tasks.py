"""Jobs: look, fetch the result, cancel, try again."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from photoai.errors import JobUnknown, error_named
from photoai.models import Job, JobState
from photoai.schemas.jobs import (
    JobFilter,
    JobFilterSchema,
    JobListSchema,
    JobSchema,
    ResultLinkSchema,
    job_view,
)

from .bodies import Blueprint
from .context import services
from .errors import body_of
from .files import file_response
from .guard import caller, signed_in
from .links import RESULT, job_links

blp = Blueprint("tasks", __name__, url_prefix="/api/tasks", description="Jobs of all kinds.")


@blp.get("")
@signed_in
@blp.arguments(JobFilterSchema, location="query")
@blp.response(200, JobListSchema)
def tasks(wanted: JobFilter) -> dict[str, Any]:
    """The caller's own jobs, newest first."""
    found = services().jobs.page(
        caller(), page=wanted.page, page_size=wanted.page_size, state=wanted.state, kind=wanted.kind
    )
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": [_view(job) for job in found.jobs], "meta": meta}


@blp.get("/<task_id>")
@signed_in
@blp.response(200, JobSchema)
def task(task_id: str) -> dict[str, Any]:
    """One job as it stands."""
    return _view(services().jobs.get(caller(), task_id))


@blp.delete("/<task_id>")
@signed_in
@blp.response(202, JobSchema)
def cancel(task_id: str) -> dict[str, Any]:
    """Cancel a job; a queued one ends at once."""
    return _view(services().jobs.cancel(caller(), task_id))


@blp.post("/<task_id>/retry")
@signed_in
@blp.response(202, JobSchema)
def retry(task_id: str) -> dict[str, Any]:
    """Run a failed or cancelled job again."""
    return _view(services().jobs.retry(caller(), task_id))


@blp.get("/<task_id>/result")
@blp.arguments(ResultLinkSchema, location="query")
@blp.response(200, {"format": "binary", "type": "string"}, content_type="image/jpeg")
@blp.alt_response(202, schema=JobSchema)
def result(query: dict[str, str], task_id: str) -> Response:
    """The finished file; 202 with the job while it is not finished."""
    job = _of_token(task_id, query["token"]) if query["token"] else _of_owner(task_id)
    return _result_of(job)


def _of_token(task_id: str, token: str) -> Job:
    if not services().secrets.opens(RESULT, task_id, token):
        raise JobUnknown
    return services().jobs.behind_link(task_id)


@signed_in
def _of_owner(task_id: str) -> Job:
    return services().jobs.get(caller(), task_id)


def _result_of(job: Job) -> Response:
    if not JobState(job.state).ended:
        response: Response = jsonify(JobSchema().dump(_view(job)))
        response.status_code = 202
        return response
    if job.state != JobState.SUCCEEDED:
        raise _end_of(job)
    facts = job.result or {}
    return file_response(services().jobs.result(job), facts["mime"], facts["size_bytes"])


def _view(job: Job) -> dict[str, Any]:
    error = body_of(_end_of(job)) if job.error_code else None
    return job_view(job, error, job_links(job), services().jobs.queue_position(job))


def _end_of(job: Job) -> Any:
    return error_named(job.error_code, job.error_text)
