"""Jobs as their owners see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.models import Job, JobState
from photoai.services.jobs import EveningWish, Group, Outlook, Under, made_of

from .shared import ErrorBodySchema, RedirectSchema, UtcMoment

LATE = "late"  # photos that were finished after their booth had given up


@dataclass(frozen=True)
class JobFilter:
    state: str | None = None
    kind: str | None = None
    slot_id: str | None = None
    page: int = 1
    page_size: int = 20


class JobFilterSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    state = fields.String(validate=OneOf([state.value for state in JobState]))
    kind = fields.String(data_key="type", validate=Length(max=50))
    slot_id = fields.String(validate=Length(max=50))
    page = fields.Integer(validate=Range(1, 1_000_000))
    page_size = fields.Integer(validate=Range(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> JobFilter:
        return JobFilter(**data)


class EveningWishSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    slot_id = fields.String(validate=Length(max=50))
    kind = fields.String(data_key="type", validate=Length(max=50))
    state = fields.String(validate=OneOf([*Group, LATE]))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> EveningWish:
        state = data.pop("state", None)
        group = Group(state) if state and state != LATE else None
        return EveningWish(**data, group=group, is_late=state == LATE)


class JobLinksSchema(Schema):
    self_ = fields.String(data_key="self", required=True)
    events = fields.String(required=True)
    result = fields.String(required=True)
    cancel = fields.String(required=True)


class JobSchema(Schema):
    id = fields.String(required=True, attribute="public_id")
    type = fields.String(required=True, attribute="kind")
    state = fields.String(required=True)
    stage = fields.String(required=True, allow_none=True)
    progress = fields.Float(required=True)
    eta_sec = fields.Float(required=True, allow_none=True)
    overdue_in_sec = fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "Until it takes longer than 95 % of its slot's photos, or of its kind "
            "and provider; 0: it does already. null: nobody knows."
        },
    )
    attempt = fields.Integer(required=True)
    slot_id = fields.String(required=True, allow_none=True)
    test = fields.Boolean(required=True, attribute="is_test")
    created_at = UtcMoment(required=True, attribute="created")
    started_at = UtcMoment(required=True, attribute="started", allow_none=True)
    finished_at = UtcMoment(required=True, attribute="finished", allow_none=True)
    error = fields.Nested(ErrorBodySchema, required=True, allow_none=True)
    result = fields.Dict(required=True, allow_none=True)
    links = fields.Nested(JobLinksSchema, required=True)
    queue_position = fields.Integer()
    late = fields.Boolean(
        required=True,
        attribute="is_late",
        metadata={"description": "A photo no booth waits for any more, not handed over yet."},
    )
    settings_version = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Of the photo's slot; see its history."},
    )
    replay_of = fields.String(required=True, allow_none=True)
    sha256 = fields.String(metadata={"description": "Of a photo as it was sent."})
    pickup_url = fields.String(metadata={"description": "The guest's page of a photo."})


class PageMetaSchema(Schema):
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)
    total = fields.Integer(required=True)


class JobListSchema(Schema):
    data = fields.List(fields.Nested(JobSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


class ReplaySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    counted = fields.Boolean(
        load_default=False,
        metadata={"description": "A photo is counted like a booth's, and comes to the late tray."},
    )
    settings = fields.String(
        load_default=Under.AS_THEN.value,
        validate=OneOf([each.value for each in Under]),
        metadata={"description": "The job's own, or those its slot has now."},
    )


class ResultLinkSchema(RedirectSchema):
    token = fields.String(load_default="", validate=Length(max=200))


def job_view(
    job: Job, error: dict[str, Any] | None, links: dict[str, str], outlook: Outlook
) -> dict[str, Any]:
    """A job's row with what does not stand in it, ready for JobSchema."""
    columns = (
        "public_id", "kind", "state", "stage", "progress", "attempt", "slot_id", "is_test",
        "created", "started", "finished", "result", "is_late",
    )  # fmt: skip
    view: dict[str, Any] = {name: getattr(job, name) for name in columns}
    view |= {"error": error, "links": {"self_": links["self"], **links}}
    view |= {"eta_sec": outlook.eta_sec, "overdue_in_sec": outlook.overdue_in_sec}
    view |= made_of(job)
    if outlook.queue_position is not None:
        view["queue_position"] = outlook.queue_position
    return view
