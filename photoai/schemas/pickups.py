"""A photo as its guest may see it: nothing of the slot, the operator, the model or the job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.models import Job, JobState
from photoai.services.jobs import Outlook


class Stage(StrEnum):
    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"
    UNKNOWN = "unknown"


MOST_NAMED = 500  # photos handed over by name in one call
TOLD = tuple(each.value for each in Stage if each is not Stage.UNKNOWN)
OF_STATE = {
    JobState.QUEUED: Stage.WAITING,
    JobState.RUNNING: Stage.WORKING,
    JobState.SUCCEEDED: Stage.READY,
    JobState.FAILED: Stage.FAILED,
    JobState.CANCELLED: Stage.FAILED,
}


class PickupSchema(Schema):
    """`overdue`: it takes longer than usual already; `overdue_in_sec`: in so long it will."""

    state = fields.String(required=True, validate=OneOf(TOLD))
    progress = fields.Float(required=True)
    queue_position = fields.Integer(required=True, allow_none=True)
    eta_sec = fields.Float(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    overdue_in_sec = fields.Float(required=True, allow_none=True)


@dataclass(frozen=True)
class LateQuery:
    page: int
    page_size: int


class LateQuerySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    page = fields.Integer(load_default=1, validate=Range(1, 1_000_000))
    page_size = fields.Integer(load_default=100, validate=Range(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> LateQuery:
        return LateQuery(**data)


@dataclass(frozen=True)
class HandedOver:
    """Which late photos have been handed over; None: all that are finished."""

    ids: tuple[str, ...] | None = None


class HandedOverSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    ids = fields.List(fields.String(validate=Length(max=100)), validate=Length(max=MOST_NAMED))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> HandedOver:
        return HandedOver(tuple(data["ids"]) if "ids" in data else None)


class HandingSchema(Schema):
    handed_over = fields.Integer(required=True, attribute="count")
    receipt = fields.String(
        required=True, metadata={"description": "Puts exactly these back: `POST /api/late/undo`."}
    )


class ReceiptSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    receipt = fields.String(required=True, validate=Length(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> str:
        return str(data["receipt"])


class PutBackSchema(Schema):
    put_back = fields.Integer(required=True)


def stage_of(job: Job) -> Stage:
    stage = OF_STATE[JobState(job.state)]
    return Stage.GONE if stage is Stage.READY and job.result_key is None else stage


def pickup_view(job: Job, outlook: Outlook) -> dict[str, Any]:
    """Ready for PickupSchema."""
    return {
        "state": stage_of(job),
        "progress": job.progress,
        "queue_position": outlook.queue_position,
        "eta_sec": outlook.eta_sec,
        "overdue": outlook.overdue,
        "overdue_in_sec": outlook.overdue_in_sec,
    }
