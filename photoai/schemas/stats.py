"""Statistics: ranges as they are asked for, figures as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.errors import RangeInvalid, Sentence
from photoai.services.clock import utcnow
from photoai.services.slots import SLOT_IDS
from photoai.services.statistics import Bucket, Edge, Grouping, Order, SlotTotals, Span, Tally

from .jobs import PageMetaSchema
from .shared import Choice, UtcMoment

SLOT_DAYS, GLOBAL_DAYS = 31, 90
SLOT_DAYS_UNASKED, GLOBAL_DAYS_UNASKED = 7, 90
# What a range may begin and end with.
WHEN = Sentence("ISO 8601: a day, or a moment with its zone.")
SORTED_BY = ("period_start", "success", "errors", "cost")


class EdgeField(fields.String):
    """A day (2024-04-01) or a moment with its zone (2024-04-01T12:00:00Z); shown in UTC."""

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        try:
            return _parsed(text)
        except (ValueError, OverflowError) as error:
            name = self.data_key or attr
            raise RangeInvalid(details={name: [WHEN]}) from error

    def _serialize(self, value, attr, obj, **kwargs):  # type: ignore[no-untyped-def]
        return shown(value)


def shown(edge: Edge) -> str:
    return edge.isoformat().replace("+00:00", "Z")


def _parsed(text: str) -> Edge:
    if len(text) <= len("2024-W14-1"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A moment without a zone is a different one for everybody.")
    return moment.astimezone(UTC)


def _edge(meaning: str) -> dict[str, Any]:
    return {"description": f"{meaning} {WHEN}", "example": "2024-04-01"}


@dataclass(frozen=True)
class SlotStatsQuery:
    first: Edge
    last: Edge
    span: Span


@dataclass(frozen=True)
class GlobalStatsQuery:
    span: Span
    order: Order
    slot_id: str | None = None
    provider_id: str | None = None


class _RangeSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    first = EdgeField(data_key="from", metadata=_edge("The first day, or moment, counted."))
    last = EdgeField(
        data_key="to", metadata=_edge("The last day counted, or the first moment not counted.")
    )


class SlotStatsQuerySchema(_RangeSchema):
    group_by = Choice(Grouping, by_value=True, load_default=Grouping.DAY)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> SlotStatsQuery:
        first, last = _range(data, SLOT_DAYS_UNASKED)
        span = Span.between(first, last, data["group_by"], timedelta(days=SLOT_DAYS))
        return SlotStatsQuery(first, last, span)


class GlobalStatsQuerySchema(_RangeSchema):
    group_by = fields.String(load_default="week", validate=OneOf(["day", "week", "month"]))
    page = fields.Integer(load_default=1, validate=Range(1, 1_000_000))
    page_size = fields.Integer(load_default=10, validate=Range(1, 50))
    sort_by = fields.String(load_default="period_start", validate=OneOf(SORTED_BY))
    sort_order = fields.String(load_default="desc", validate=OneOf(["asc", "desc"]))
    slot_id = fields.String(validate=OneOf(SLOT_IDS))
    provider_id = fields.String(validate=Length(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> GlobalStatsQuery:
        first, last = _range(data, GLOBAL_DAYS_UNASKED)
        grouping = Grouping(data["group_by"])
        return GlobalStatsQuery(
            Span.between(first, last, grouping, timedelta(days=GLOBAL_DAYS)),
            Order(data["sort_by"], data["sort_order"] == "desc", data["page"], data["page_size"]),
            data.get("slot_id"),
            data.get("provider_id"),
        )


def _range(data: dict[str, Any], days: int) -> tuple[Edge, Edge]:
    """What was asked for; what was not, ends today and is that many days long."""
    last = data.get("last", utcnow().date())
    try:
        return data.get("first", last - timedelta(days=days - 1)), last
    except OverflowError:
        raise RangeInvalid(details={"to": [Sentence("Too far away.")]}) from None


class RangeSchema(Schema):
    from_ = EdgeField(data_key="from", required=True)
    to = EdgeField(required=True)
    group_by = Choice(Grouping, by_value=True, required=True)


class FiguresSchema(Schema):
    success = fields.Integer(required=True)
    errors = fields.Integer(required=True, metadata={"description": "Time-outs among them."})
    timeouts = fields.Integer(required=True)
    avg_response_ms = fields.Integer(required=True, metadata={"description": "Of all requests."})
    cost = fields.Float(required=True, metadata={"description": "In USD."})


class PeriodSchema(FiguresSchema):
    period_start = fields.String(
        required=True, metadata={"description": "A day, or the hour's beginning, in UTC."}
    )


class WholePeriodSchema(PeriodSchema):
    period_end = fields.String(required=True, metadata={"description": "The last day."})


class SlotStatsSchema(Schema):
    slot_id = fields.String(required=True)
    range = fields.Nested(RangeSchema, required=True)
    metrics = fields.List(fields.Nested(PeriodSchema), required=True)


class GlobalStatsSchema(Schema):
    data = fields.List(fields.Nested(WholePeriodSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


class TotalsSchema(FiguresSchema):
    requests = fields.Integer(required=True)
    error_percent = fields.Float(required=True)
    avg_response_ms = fields.Integer(required=True, allow_none=True)


class SinceResetSchema(TotalsSchema):
    p95_response_ms = fields.Integer(required=True, allow_none=True)


class SlotTotalsSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    provider_id = fields.String(required=True, allow_none=True)
    operation_id = fields.String(required=True, allow_none=True)
    is_configured = fields.Boolean(required=True)
    last_reset_at = UtcMoment(required=True, allow_none=True)
    last_price = fields.Float(required=True, allow_none=True)
    since_reset = fields.Nested(SinceResetSchema, required=True)
    ever = fields.Nested(TotalsSchema, required=True)


class StatsMetaSchema(Schema):
    total = fields.Integer(required=True)
    sync_response_timeout_sec = fields.Float(required=True)


class StatsPageSchema(Schema):
    data = fields.List(fields.Nested(SlotTotalsSchema), required=True)
    meta = fields.Nested(StatsMetaSchema, required=True)
    sync_response_timeout_sec = fields.Float(required=True)


def periods(buckets: Sequence[Bucket]) -> list[dict[str, Any]]:
    return [
        {"period_start": shown(bucket.start), "period_end": shown(bucket.end)}
        | _figures(bucket.tally)
        for bucket in buckets
    ]


def slot_totals(line: SlotTotals) -> dict[str, Any]:
    slot = line.slot
    columns = ("id", "name", "provider_id", "operation_id", "is_configured", "last_reset_at")
    since = _totals(line.since_reset) | {"p95_response_ms": line.p95_response_ms}
    return {name: getattr(slot, name) for name in columns} | {
        "last_price": line.last_price,
        "since_reset": since,
        "ever": _totals(line.ever),
    }


def _totals(tally: Tally) -> dict[str, Any]:
    facts = {"requests": tally.requests, "error_percent": tally.error_percent}
    return _figures(tally) | facts | ({} if tally.requests else {"avg_response_ms": None})


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "success": tally.success,
        "errors": tally.errors,
        "timeouts": tally.timeouts,
        "avg_response_ms": tally.avg_response_ms,
        "cost": round(tally.cost, 6),
    }
