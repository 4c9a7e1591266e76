"""Tasks as their owners see them under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import OneOf, Range
from photoai.models import Job, JobState
from photoai.services.edits import EditOrder, Figures, TaskFigures
from photoai.services.jobs import Outlook

from .edits import TYPES
from .jobs import PageMetaSchema
from .merge import CanvasSchema, ClipPlanSchema, VideoHealthSchema
from .shared import ErrorBodySchema, UtcMoment

# What the clients of this family call a job's states.
STATUSES = {
    "pending": JobState.QUEUED,
    "processing": JobState.RUNNING,
    "completed": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}
STATUS_OF = {state: status for status, state in STATUSES.items()}
NEWEST, OLDEST = "-created_at", "created_at"
# Thousands of them would make a list of tasks a hundred megabytes.
LONG = {"cues"}


@dataclass(frozen=True)
class TaskFilter:
    state: JobState | None = None
    kind: str | None = None
    page: int = 1
    page_size: int = 20
    oldest_first: bool = False


class TaskFilterSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    status = fields.String(validate=OneOf(STATUSES))
    kind = fields.String(data_key="type", validate=OneOf(TYPES))
    page = fields.Integer(validate=Range(1, 1_000_000))
    page_size = fields.Integer(validate=Range(1, 100))
    sort = fields.String(load_default=NEWEST, validate=OneOf((NEWEST, OLDEST)))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> TaskFilter:
        state = STATUSES.get(data.pop("status", ""))
        return TaskFilter(state=state, oldest_first=data.pop("sort") == OLDEST, **data)


class OutputFileSchema(Schema):
    name = fields.String(required=True)
    mime = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    url = fields.String(required=True)
    poster_url = fields.String(required=True, allow_none=True)


class TaskLinksSchema(Schema):
    self_ = fields.String(data_key="self", required=True)
    events = fields.String(required=True)
    result = fields.String(required=True)
    cancel = fields.String(required=True)
    retry = fields.String(required=True)
    log = fields.String(required=True)


class TaskSchema(Schema):
    """`progress` goes from 0 to 100."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(STATUSES))
    input_files = fields.List(fields.String(), required=True)
    output_files = fields.List(fields.Nested(OutputFileSchema), required=True)
    config = fields.Dict(required=True)
    progress = fields.Float(required=True)
    stage = fields.String(required=True, allow_none=True)
    eta_sec = fields.Float(required=True, allow_none=True)
    queue_position = fields.Integer(required=True, allow_none=True)
    error_message = fields.String(required=True, allow_none=True)
    error = fields.Nested(ErrorBodySchema, required=True, allow_none=True)
    result = fields.Dict(required=True, allow_none=True)
    retry_count = fields.Integer(required=True)
    created_at = UtcMoment(required=True)
    updated_at = UtcMoment(required=True)
    completed_at = UtcMoment(required=True, allow_none=True)
    links = fields.Nested(TaskLinksSchema, required=True)


class TaskListSchema(Schema):
    data = fields.List(fields.Nested(TaskSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


class TaskPlanSchema(Schema):
    """What would be done: `video` and `audio` are `copy`, `encode` or `none`."""

    canvas = fields.Nested(CanvasSchema, required=True, allow_none=True)
    mode = fields.String(required=True)
    video = fields.String(required=True, allow_none=True)
    audio = fields.String(required=True, allow_none=True)
    passes = fields.Integer(required=True)
    duration_sec = fields.Float(required=True, allow_none=True)
    estimated_sec = fields.Float(required=True)
    clips = fields.List(fields.Nested(ClipPlanSchema), required=True)


class TaskInputSchema(Schema):
    """Files one after the other, `least` to `most` of any of these kinds; with `unless`, a field of
    the config may stand in their place."""

    title = fields.String(required=True)
    kinds = fields.List(fields.String(), required=True)
    least = fields.Integer(required=True)
    most = fields.Integer(required=True)
    unless = fields.String(required=True, allow_none=True)


class TaskTypeSchema(Schema):
    """`combines`: it may stand in a combined task. `config` is JSON Schema 2020-12; `x-unit` is
    what a number counts, `format` of a text `color`, `font` or `text`, of several lines."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    combines = fields.Boolean(required=True)
    inputs = fields.List(fields.Nested(TaskInputSchema), required=True)
    config = fields.Dict(required=True)


class TaskTypesSchema(Schema):
    data = fields.List(fields.Nested(TaskTypeSchema), required=True)
    fonts = fields.List(fields.String(), required=True)


class TaskAttemptSchema(Schema):
    attempt = fields.Integer(required=True)
    started_at = UtcMoment(required=True, attribute="started")
    ended_at = UtcMoment(required=True, attribute="ended", allow_none=True)
    outcome = fields.String(required=True, allow_none=True)


class TaskStepSchema(Schema):
    """One run of a program; `words` are its own."""

    attempt = fields.Integer(required=True)
    operation_type = fields.String(required=True)
    duration_sec = fields.Float(required=True)
    success = fields.Boolean(required=True)
    error_details = fields.Dict(required=True, allow_none=True)
    words = fields.String(required=True)
    timestamp = UtcMoment(required=True)


class TaskLogSchema(Schema):
    attempts = fields.List(fields.Nested(TaskAttemptSchema), required=True)
    data = fields.List(fields.Nested(TaskStepSchema), required=True, attribute="operations")


class PercentilesSchema(Schema):
    p50 = fields.Float(required=True, allow_none=True)
    p95 = fields.Float(required=True, allow_none=True)


class TaskFiguresSchema(Schema):
    """`success_rate` is the share of those that came to an end by themselves, from 0 to 1."""

    total = fields.Integer(required=True)
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    success_rate = fields.Float(required=True, allow_none=True)
    duration_sec = fields.Nested(PercentilesSchema, required=True)


class TaskStatisticsSchema(TaskFiguresSchema):
    period_start = UtcMoment(required=True)
    period_end = UtcMoment(required=True)
    by_type = fields.Dict(
        keys=fields.String(), values=fields.Nested(TaskFiguresSchema), required=True
    )


class ApiHealthSchema(VideoHealthSchema):
    """Of the /api/v1 family."""


def task_view(
    job: Job,
    outlook: Outlook,
    error: Mapping[str, Any] | None,
    outputs: list[dict[str, Any]],
    base: str,
    *,
    whole: bool,
) -> dict[str, Any]:
    """A task's row, ready for TaskSchema; `base` is that of all absolute links. Unless `whole`, its
    config lacks what may be long."""
    order = EditOrder.from_json(job.kind, job.params)
    own = f"{base}/api/v1/tasks/{job.public_id}"
    links = {name: f"{own}/{name}" for name in ("events", "result", "retry", "log")}
    return {
        "id": job.public_id,
        "type": job.kind,
        "status": STATUS_OF[JobState(job.state)],
        "input_files": order.input_files,
        "output_files": outputs,
        "config": order.config if whole else shortened(order.config),
        "progress": round(100 * job.progress, 1),
        "stage": job.stage,
        "eta_sec": outlook.eta_sec,
        "queue_position": outlook.queue_position,
        "error_message": error["message"] if error else None,
        "error": error,
        "result": job.result,
        "retry_count": max(0, job.attempt - 1),
        "created_at": job.created,
        "updated_at": job.finished or job.started or job.created,
        "completed_at": job.finished,
        "links": {"self_": own, "cancel": own, **links},
    }


def shortened(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without what may be long."""
    short = {name: value for name, value in config.items() if name not in LONG}
    if "operations" in short:
        short["operations"] = [
            each | {"config": shortened(each["config"])} for each in short["operations"]
        ]
    return short


def figures_view(figures: Figures) -> dict[str, Any]:
    return {
        "total": figures.total,
        "by_status": {status: figures.states[state] for status, state in STATUSES.items()},
        "success_rate": figures.success_rate,
        "duration_sec": {"p50": figures.percentile_sec(50), "p95": figures.percentile_sec(95)},
    }


def statistics_view(found: TaskFigures) -> dict[str, Any]:
    """Ready for TaskStatisticsSchema."""
    by_type = {kind: figures_view(figures) for kind, figures in found.by_type.items()}
    return {
        **figures_view(found.whole),
        "period_start": found.since,
        "period_end": found.until,
        "by_type": by_type,
    }
