"""Jobs: look, fetch the result, cancel, try again."""

from __future__ import annotations

from typing import Any

from flask import Response

from photoai.errors import JobUnknown
from photoai.models import Job
from photoai.schemas.jobs import (
    JobFilter,
    JobFilterSchema,
    JobListSchema,
    JobSchema,
    ReplaySchema,
    ResultLinkSchema,
)
from photoai.schemas.live import LastEventSchema
from photoai.schemas.wishes import WishFieldsSchema
from photoai.services.jobs import Under
from photoai.services.live import Wish

from .bodies import Blueprint
from .context import services
from .guard import OR_NONE, bearer, caller, signed_in
from .jobs import Answer, all_shown, shown, started
from .links import RESULT
from .results import result_response
from .sse import MIME, TEXT, connected, streamed
from .wishes import STARTS_A_JOB, wishes

blp = Blueprint("tasks", __name__, url_prefix="/api/tasks", description="Jobs of all kinds.")
NAMES = {"image": "photo", "video": "video"}  # of results, by their type


@blp.get("")
@signed_in
@blp.arguments(JobFilterSchema, location="query")
@blp.response(200, JobListSchema)
def tasks(wanted: JobFilter) -> dict[str, Any]:
    """The caller's own jobs, newest first."""
    found = services().jobs.page(
        caller(), page=wanted.page, page_size=wanted.page_size,
        state=wanted.state, kind=wanted.kind, slot_id=wanted.slot_id,
    )  # fmt: skip
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": all_shown(found.jobs), "meta": meta}


@blp.get("/<task_id>")
@signed_in
@blp.response(200, JobSchema)
def task(task_id: str) -> dict[str, Any]:
    """One job as it stands."""
    return shown(services().jobs.get(caller(), task_id))


@blp.delete("/<task_id>")
@signed_in
@blp.response(202, JobSchema)
def cancel(task_id: str) -> dict[str, Any]:
    """Cancel a job; a queued one ends at once."""
    return shown(services().jobs.cancel(caller(), task_id))


@blp.get("/<task_id>/events")
@signed_in
@blp.arguments(LastEventSchema, location="headers")
@blp.response(200, TEXT, content_type=MIME)
@blp.alt_response(204, description="The job has ended, and its client knows.")
def events(since: int | None, task_id: str) -> Response:
    """One job's live events: how it stands, what changes, `end`."""
    return streamed(Wish(bearer(), since, task_id, connected()))


@blp.post("/<task_id>/retry")
@signed_in
@blp.doc(**STARTS_A_JOB)
@blp.arguments(WishFieldsSchema, required=False)
@blp.response(202, JobSchema)
@blp.alt_response(200, schema=JobSchema, description="It has ended within `Prefer: wait=N`.")
def retry(_: dict[str, Any], task_id: str) -> Answer:
    """Run a failed or cancelled job again."""
    return started(services().jobs.retry(caller(), task_id, wishes()))


@blp.post("/<task_id>/replay")
@signed_in
@blp.doc(**STARTS_A_JOB)
@blp.arguments(WishFieldsSchema, required=False)
@blp.arguments(ReplaySchema, location="query")
@blp.response(202, JobSchema)
@blp.alt_response(200, schema=JobSchema, description="It has ended within `Prefer: wait=N`.")
def replay(_: dict[str, Any], query: dict[str, Any], task_id: str) -> Answer:
    """A new job that does what an ended one did, with its settings or those its slot has now;
    nobody counts it, unless that is asked for."""
    again = services().replays.start(
        caller(), task_id, wishes(), counted=query["counted"], under=Under(query["settings"])
    )
    return started(again)


@blp.get("/<task_id>/result")
@blp.doc(security=OR_NONE)
@blp.arguments(ResultLinkSchema, location="query")
@blp.response(200, {"format": "binary", "type": "string"}, content_type="image/jpeg")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(202, schema=JobSchema)
@blp.alt_response(302, description="Where the storage hands it out; only when asked for.")
def result(query: dict[str, Any], task_id: str) -> Response:
    """The finished file; 202 with the job while it is not finished."""
    job = _of_token(task_id, query["token"]) if query["token"] else _of_owner(task_id)
    return result_response(job, query, _name_of(job), lambda: JobSchema().dump(shown(job)))


def _of_token(task_id: str, token: str) -> Job:
    if not services().secrets.opens(RESULT, task_id, token):
        raise JobUnknown
    return services().jobs.behind_link(task_id)


@signed_in
def _of_owner(task_id: str) -> Job:
    return services().jobs.get(caller(), task_id)


def _name_of(job: Job) -> str:
    return NAMES.get(str((job.result or {}).get("mime")).partition("/")[0], "result")
