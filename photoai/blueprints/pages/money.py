"""The part of Live that tells what photos cost, and where events and drills begin and end."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from photoai.schemas.budgets import DrillWish, DrillWishSchema, EventWishSchema
from photoai.services.accounts import Caller
from photoai.services.booth_events import LASTS_HOURS, LONGEST_HOURS
from photoai.services.drills import MOST_PHOTOS

from .. import guard
from ..context import services
from .forms import read, read_form
from .page import Pages, for_operators, see_other, shown

blp = Pages("money_pages")
LIVE = "live_pages.live"


@blp.get("/live/money")
@for_operators
def money() -> Response:
    return shown("_money.html", **shown_with(guard.caller()))


@blp.post("/live/drills")
@for_operators
def begin() -> Response:
    typed = {name: request.form.get(name, "") for name in ("provider_id", "photos")}
    wish: DrillWish = read(DrillWishSchema(), typed)
    services().drills.begin(guard.caller(), wish.provider_id, wish.photos)
    return see_other(url_for(LIVE) + "#money")


@blp.post("/live/drills/<provider_id>/end")
@for_operators
def end(provider_id: str) -> Response:
    services().drills.end(guard.caller(), provider_id)
    return see_other(url_for(LIVE) + "#money")


@blp.post("/live/event")
@for_operators
def put_event() -> Response:
    """An empty budget is none."""
    wishes = read_form(EventWishSchema())
    services().booth_events.put(guard.caller(), {"budget_usd": None, **wishes})
    return see_other(url_for(LIVE) + "#money")


@blp.post("/live/event/end")
@for_operators
def end_event() -> Response:
    services().booth_events.end(guard.caller())
    return see_other(url_for(LIVE) + "#money")


def shown_with(caller: Caller) -> dict[str, Any]:
    """What the part is shown with."""
    return {
        "budgets": services().budgets.today(caller),
        "event": services().booth_events.current(caller),
        "past_events": services().booth_events.past(caller),
        "event_hours": (LASTS_HOURS, LONGEST_HOURS),
        "drills": services().drills.of(caller),
        "drillable": services().catalogue.providers,
        "most_photos": MOST_PHOTOS,
        "names": {slot.id: slot.name for slot in services().slots.listed(caller)},
    }
