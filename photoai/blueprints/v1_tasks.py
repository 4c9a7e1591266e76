"""Tasks on one's own files: order one, foresee it, look after it, have what it made."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext

from photoai import __version__
from photoai.errors import TaskUnknown
from photoai.models import Job
from photoai.schemas.edits import TaskOrderSchema
from photoai.schemas.edits.describing import described
from photoai.schemas.jobs import ResultLinkSchema
from photoai.schemas.live import LastEventSchema
from photoai.schemas.tasks import (
    ApiHealthSchema,
    TaskFilter,
    TaskFilterSchema,
    TaskListSchema,
    TaskLogSchema,
    TaskPlanSchema,
    TaskSchema,
    TaskStatisticsSchema,
    TaskTypesSchema,
    statistics_view,
)
from photoai.schemas.wishes import WishFieldsSchema
from photoai.services.edits import EditOrder, TaskLog
from photoai.services.live import Wish

from .bodies import Blueprint
from .context import services
from .files import file_response
from .guard import OR_NONE, bearer, caller, signed_in
from .jobs import Answer, started
from .links import RESULT
from .results import result_response
from .sse import MIME, TEXT, connected, streamed
from .task_view import task_shown, tasks_shown
from .wishes import STARTS_A_JOB, wishes

blp = Blueprint("v1_tasks", __name__, url_prefix="/api/v1", description="Tasks on one's own files.")
BINARY = {"format": "binary", "type": "string"}
DONE = "It has ended within `Prefer: wait=N`."


@blp.get("/health")
@blp.response(200, ApiHealthSchema)
def health() -> dict[str, Any]:
    """Whether the service is alive."""
    return {"status": "healthy", "version": __version__, **services().merges.vitals()}


@blp.post("/tasks")
@signed_in
@blp.doc(**STARTS_A_JOB)
@blp.arguments(TaskOrderSchema)
@blp.response(202, TaskSchema)
@blp.alt_response(200, schema=TaskSchema, description=DONE)
def start(order: EditOrder) -> Answer:
    """Have something made of one's files."""
    return started(services().edits.start(caller(), order, wishes()), task_shown)


@blp.post("/tasks/plan")
@signed_in
@blp.arguments(TaskOrderSchema)
@blp.response(200, TaskPlanSchema)
def plan(order: EditOrder) -> dict[str, Any]:
    """What a task would do and how long it would take; nothing runs."""
    return services().edits.plan(caller(), order)


@blp.get("/tasks")
@signed_in
@blp.arguments(TaskFilterSchema, location="query")
@blp.response(200, TaskListSchema)
def tasks(wanted: TaskFilter) -> dict[str, Any]:
    """The caller's own tasks, newest first."""
    found = services().edits.page(
        caller(), page=wanted.page, page_size=wanted.page_size, state=wanted.state,
        kind=wanted.kind, oldest_first=wanted.oldest_first,
    )  # fmt: skip
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": tasks_shown(found.jobs), "meta": meta}


@blp.get("/tasks/types")
@signed_in
@blp.response(200, TaskTypesSchema)
def types() -> dict[str, Any]:
    """Every type of task, the files it takes and its config; the fonts there are."""
    return {"data": described(gettext), "fonts": services().edits.fonts(caller())}


@blp.get("/tasks/statistics")
@signed_in
@blp.response(200, TaskStatisticsSchema)
def statistics() -> dict[str, Any]:
    """What has become of the caller's tasks of the last 30 days."""
    return statistics_view(services().edits.statistics(caller()))


@blp.get("/tasks/<task_id>")
@signed_in
@blp.response(200, TaskSchema)
def task(task_id: str) -> dict[str, Any]:
    """One task as it stands."""
    return task_shown(services().edits.get(caller(), task_id))


@blp.delete("/tasks/<task_id>")
@signed_in
@blp.response(202, TaskSchema)
def cancel(task_id: str) -> dict[str, Any]:
    """Cancel a task; what runs is stopped."""
    return task_shown(services().edits.cancel(caller(), task_id))


@blp.post("/tasks/<task_id>/retry")
@signed_in
@blp.doc(**STARTS_A_JOB)
@blp.arguments(WishFieldsSchema, required=False)
@blp.response(202, TaskSchema)
@blp.alt_response(200, schema=TaskSchema, description=DONE)
def retry(_: dict[str, Any], task_id: str) -> Answer:
    """Try a failed or cancelled task again."""
    return started(services().edits.retry(caller(), task_id, wishes()), task_shown)


@blp.get("/tasks/<task_id>/events")
@signed_in
@blp.arguments(LastEventSchema, location="headers")
@blp.response(200, TEXT, content_type=MIME)
@blp.alt_response(204, description="The task has ended, and its client knows.")
def events(since: int | None, task_id: str) -> Response:
    """A task's live events, as of any job: how it stands, what changes, `end`."""
    services().edits.get(caller(), task_id)
    return streamed(Wish(bearer(), since, task_id, connected()))


@blp.get("/tasks/<task_id>/log")
@signed_in
@blp.response(200, TaskLogSchema)
def log(task_id: str) -> TaskLog:
    """Every attempt, and what the programs that worked on it have said."""
    return services().edits.log(caller(), task_id)


@blp.get("/tasks/<task_id>/result")
@blp.doc(security=OR_NONE)
@blp.arguments(ResultLinkSchema, location="query")
@blp.response(200, BINARY, content_type="application/octet-stream")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(202, schema=TaskSchema)
@blp.alt_response(302, description="Where the storage hands it out; only when asked for.")
def result(query: dict[str, Any], task_id: str) -> Response:
    """The finished file; 202 with the task while it is not finished."""
    job = _found(task_id, query["token"])
    return result_response(job, query, job.kind, lambda: TaskSchema().dump(task_shown(job)))


@blp.get("/tasks/<task_id>/poster")
@blp.doc(security=OR_NONE)
@blp.arguments(ResultLinkSchema, location="query")
@blp.response(200, BINARY, content_type="image/jpeg")
def poster(query: dict[str, Any], task_id: str) -> Response:
    """A picture of the finished video."""
    file = services().edits.poster(_found(task_id, query["token"]))
    size_bytes = file.seek(0, 2)
    file.seek(0)
    return file_response(file, "image/jpeg", size_bytes, "poster")


def _found(task_id: str, token: str) -> Job:
    """Of the owner, or of who has been given the link to it."""
    if not token:
        return _of_owner(task_id)
    if not services().secrets.opens(RESULT, task_id, token):
        raise TaskUnknown
    return services().edits.behind_link(task_id)


@signed_in
def _of_owner(task_id: str) -> Job:
    return services().edits.get(caller(), task_id)
