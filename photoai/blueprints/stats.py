"""Statistics: what became of the photos."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from photoai.schemas.failures import FailurePageSchema, FailureQuerySchema
from photoai.schemas.stats import (
    GlobalStatsQuery,
    GlobalStatsQuerySchema,
    GlobalStatsSchema,
    SlotStatsQuery,
    SlotStatsQuerySchema,
    SlotStatsSchema,
    StatsPageSchema,
    periods,
    slot_totals,
)
from photoai.services.failures import Failure, FailureWish

from .bodies import Blueprint
from .context import services
from .guard import caller, operator_only

blp = Blueprint("stats", __name__, url_prefix="/api", description="What became of the photos.")


@blp.get("/stats/slots")
@operator_only
@blp.response(200, StatsPageSchema)
def by_slot() -> dict[str, Any]:
    """Each of the caller's slots since its last reset and ever, and the booth's time-out."""
    lines = services().statistics.by_slot(caller())
    timeout = {"sync_response_timeout_sec": services().settings.sync_response_timeout_sec()}
    meta = {"total": len(lines), **timeout}
    return {"data": [slot_totals(line) for line in lines], "meta": meta, **timeout}


@blp.get("/stats/global")
@operator_only
@blp.arguments(GlobalStatsQuerySchema, location="query", error_status_code=400)
@blp.response(200, GlobalStatsSchema)
def of_all(wanted: GlobalStatsQuery) -> dict[str, Any]:
    """All the caller's slots together, by day, week or month; at most 90 days."""
    buckets = services().statistics.of_all(
        caller(), wanted.span, slot_id=wanted.slot_id, provider_id=wanted.provider_id
    )
    order = wanted.order
    meta = {"page": order.page, "page_size": order.page_size, "total": len(buckets)}
    return {"data": periods(order.of(buckets)), "meta": meta}


@blp.get("/stats/failures")
@operator_only
@blp.arguments(FailureQuerySchema, location="query", error_status_code=400)
@blp.response(200, FailurePageSchema)
def failures(wish: FailureWish) -> dict[str, Any]:
    """What the caller's newest photos failed with, the most frequent first."""
    found = services().failures.lately(caller(), wish)
    meta = {"page": wish.page, "page_size": wish.page_size, "total": found.total}
    return {"data": list(map(_said, found.failures)), "meta": meta}


@blp.get("/stats/<slot_id>")
@operator_only
@blp.arguments(SlotStatsQuerySchema, location="query", error_status_code=400)
@blp.response(200, SlotStatsSchema)
def of_slot(wanted: SlotStatsQuery, slot_id: str) -> dict[str, Any]:
    """One slot by hour, day, week or month, the oldest period first; at most 31 days."""
    buckets = services().statistics.of_slot(caller(), slot_id, wanted.span)
    asked = {"from_": wanted.first, "to": wanted.last, "group_by": wanted.span.group_by}
    return {"slot_id": slot_id, "range": asked, "metrics": periods(buckets)}


@blp.post("/slots/<slot_id>/reset_stats")
@operator_only
@blp.response(204)
def reset(slot_id: str) -> None:
    """Begin a slot's statistics anew; its log stays."""
    services().statistics.reset(caller(), slot_id)


def _said(failure: Failure) -> dict[str, Any]:
    """In the caller's language, ready for FailureSchema."""
    return {
        "code": failure.code,
        "message": gettext(failure.said),
        "advice": gettext(failure.advice) if failure.advice else None,
        "provider_id": failure.provider_id,
        "count": failure.count,
    }
