"""Administration: everybody's jobs, what was used, what administrators did."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.errors import RangeInvalid, Sentence
from photoai.models import AuditEntry, JobState
from photoai.services.administration import TaskWish, UsageWish, UserUsage
from photoai.services.audit import Action, AuditWish
from photoai.services.clock import utcnow
from photoai.services.statistics import Edge, Grouping, Span

from .admin_users import LARGEST_ID
from .jobs import PageMetaSchema
from .keys import PagingSchema
from .shared import UtcMoment
from .stats import EdgeField

# Jobs that would have to be passed by one after the other.
DEEPEST = 100_000
USAGE_DAYS, USAGE_DAYS_UNASKED = 92, 30


class OwnerSchema(Schema):
    id = fields.Integer(required=True)
    username = fields.String(required=True)


class ToldSchema(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)


class TaskWishSchema(PagingSchema):
    user_id = fields.Integer(data_key="user", validate=Range(1, LARGEST_ID))
    state = fields.String(validate=OneOf([state.value for state in JobState]))
    kind = fields.String(data_key="type", validate=Length(1, 50))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> TaskWish:
        if data["page"] * data["page_size"] > DEEPEST:
            further = Sentence("Only the newest {most} are shown: ask for fewer.", most=DEEPEST)
            raise ValidationError(further, "page")
        return TaskWish(**data)


class AnybodysTaskSchema(Schema):
    """A job without what its owner has put into it."""

    id = fields.String(required=True, attribute="public_id")
    type = fields.String(required=True, attribute="kind")
    user = fields.Nested(OwnerSchema, required=True)
    state = fields.String(required=True)
    stage = fields.String(required=True, allow_none=True)
    progress = fields.Float(required=True)
    attempt = fields.Integer(required=True)
    cancel_requested = fields.Boolean(required=True)
    provider = fields.String(required=True, allow_none=True)
    slot_id = fields.String(required=True, allow_none=True)
    created_at = UtcMoment(required=True, attribute="created")
    started_at = UtcMoment(required=True, attribute="started", allow_none=True)
    finished_at = UtcMoment(required=True, attribute="finished", allow_none=True)
    error = fields.Nested(ToldSchema, required=True, allow_none=True)


class AnybodysTaskListSchema(Schema):
    data = fields.List(fields.Nested(AnybodysTaskSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


class _DaysSchema(PagingSchema):
    first = EdgeField(data_key="from", metadata={"description": "The first day."})
    last = EdgeField(data_key="to", metadata={"description": "The last day."})


class UsageWishSchema(_DaysSchema):
    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> UsageWish:
        last = _day(data, "to", data.pop("last", utcnow().date()))
        unasked = last - min(timedelta(days=USAGE_DAYS_UNASKED - 1), last - date.min)
        first = _day(data, "from", data.pop("first", unasked))
        longest = timedelta(days=USAGE_DAYS - 1)
        return UsageWish(Span.between(first, last, Grouping.DAY, longest), **data)


def _day(data: dict[str, Any], name: str, edge: Edge) -> date:
    if isinstance(edge, datetime):
        raise RangeInvalid(details={name: [Sentence("A whole day is needed, like 2024-04-01.")]})
    return edge


class KindUsageSchema(Schema):
    type = fields.String(required=True)
    jobs = fields.Integer(required=True)
    by_state = fields.Dict(fields.String(), fields.Integer(), required=True)
    worked_sec = fields.Float(required=True)


class UserUsageLineSchema(Schema):
    user = fields.Nested(OwnerSchema, required=True)
    jobs = fields.Integer(required=True)
    worked_sec = fields.Float(
        required=True, metadata={"description": "Of all attempts that have ended."}
    )
    by_type = fields.List(fields.Nested(KindUsageSchema), required=True)
    files = fields.Integer(required=True, metadata={"description": "Those kept now."})
    size_bytes = fields.Integer(required=True)
    cost = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "USD, of photos that are counted; null without any."},
    )


class UsageReportSchema(Schema):
    data = fields.List(fields.Nested(UserUsageLineSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


def usage_line(line: UserUsage) -> dict[str, Any]:
    by_type = [
        {
            "type": kind.kind,
            "jobs": kind.jobs,
            "by_state": {state.value: kind.by_state.get(state, 0) for state in JobState},
            "worked_sec": round(kind.worked_sec, 1),
        }
        for kind in line.kinds
    ]
    facts = {"jobs": line.jobs, "worked_sec": round(line.worked_sec, 1), "cost": line.cost}
    return {"user": line.user, "by_type": by_type, **vars(line.held), **facts}


class AuditWishSchema(PagingSchema):
    actor = fields.String(validate=Length(1, 100))
    action = fields.String(validate=OneOf([action.value for action in Action]))
    target = fields.String(
        validate=Length(1, 100),
        metadata={"description": "`user:ID`, `task:ID`, or the name of the account."},
    )
    first = EdgeField(data_key="from")
    last = EdgeField(data_key="to")

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> AuditWish:
        since, until = data.pop("first", None), data.pop("last", None)
        return AuditWish(**data, since=_moment(since), until=_moment(until, after=True))


def _moment(edge: Edge | None, *, after: bool = False) -> datetime | None:
    """Where a day begins, or with `after` the next one; a moment is itself."""
    if edge is None or isinstance(edge, datetime):
        return edge
    midnight = datetime.combine(edge, time(), utcnow().tzinfo)
    if not after:
        return midnight
    try:
        return midnight + timedelta(days=1)
    except OverflowError:
        raise RangeInvalid(details={"to": [Sentence("Too far away.")]}) from None


class ActorSchema(Schema):
    id = fields.Integer(required=True, allow_none=True)
    username = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)


class AuditEntrySchema(Schema):
    """What somebody did; `before` and `after` hold what changed."""

    id = fields.Integer(required=True)
    at = UtcMoment(required=True)
    actor = fields.Nested(ActorSchema, required=True)
    action = fields.String(required=True)
    target = fields.String(required=True)
    target_name = fields.String(required=True)
    before = fields.Dict(required=True)
    after = fields.Dict(required=True)
    address = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)


class AuditListSchema(Schema):
    data = fields.List(fields.Nested(AuditEntrySchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


def audit_view(entry: AuditEntry) -> dict[str, Any]:
    columns = ("id", "at", "action", "target", "target_name", "before", "after", "address")
    actor = {"id": entry.actor_id, "username": entry.actor, "role": entry.actor_role}
    view = {name: getattr(entry, name) for name in columns}
    return view | {"actor": actor, "request_id": entry.request_id}
