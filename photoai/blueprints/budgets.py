"""What photos cost, events that have a budget of their own, and drills."""

from __future__ import annotations

from typing import Any

from photoai.schemas.budgets import (
    BudgetListSchema,
    CurrentEventSchema,
    DrillListSchema,
    DrillWish,
    DrillWishSchema,
    EventWishSchema,
    PastEventsSchema,
)

from .bodies import Blueprint
from .context import services
from .guard import caller, operator_only

blp = Blueprint("budgets", __name__, url_prefix="/api", description="Money and drills.")


@blp.get("/budget")
@operator_only
@blp.response(200, BudgetListSchema)
def budget() -> dict[str, Any]:
    """What all photos cost today, the photos of the caller's event, and the caller's slots that
    cost something today."""
    return {"data": services().budgets.today(caller())}


@blp.get("/event")
@operator_only
@blp.response(200, CurrentEventSchema)
def event() -> dict[str, Any]:
    """The caller's event that is on; `GET /api/budget` tells what it costs."""
    return {"event": services().booth_events.current(caller())}


@blp.put("/event")
@operator_only
@blp.arguments(EventWishSchema)
@blp.response(200, CurrentEventSchema)
def put_event(wishes: dict[str, Any]) -> dict[str, Any]:
    """Begin an event, or change the one that is on."""
    return {"event": services().booth_events.put(caller(), wishes)}


@blp.delete("/event")
@operator_only
@blp.response(204)
def end_event() -> None:
    """End the event; fine to say where none is on."""
    services().booth_events.end(caller())


@blp.get("/event/past")
@operator_only
@blp.response(200, PastEventsSchema)
def past_events() -> dict[str, Any]:
    """The last fifty events of sixty days that are over, the newest first."""
    return {"data": services().booth_events.past(caller())}


@blp.get("/drills")
@operator_only
@blp.response(200, DrillListSchema)
def drills() -> dict[str, Any]:
    """The caller's drills that are on."""
    return {"data": services().drills.of(caller())}


@blp.post("/drills")
@operator_only
@blp.arguments(DrillWishSchema)
@blp.response(201, DrillListSchema)
def begin_drill(wish: DrillWish) -> dict[str, Any]:
    """Let the caller's next photos find a provider failing, for half an hour at most."""
    services().drills.begin(caller(), wish.provider_id, wish.photos)
    return {"data": services().drills.of(caller())}


@blp.delete("/drills/<provider_id>")
@operator_only
@blp.response(204)
def end_drill(provider_id: str) -> None:
    """End a drill; fine to say where none is on."""
    services().drills.end(caller(), provider_id)
