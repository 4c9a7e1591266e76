"""The part of Live that tells what goes wrong right now."""

from __future__ import annotations

from flask import Response, url_for

from .. import alerts as api
from .. import guard
from ..context import services
from .page import Pages, for_operators, see_other, shown

blp = Pages("alert_pages")


@blp.get("/live/alerts")
@for_operators
def alerts() -> Response:
    return shown("_alerts.html", alerts=api.alerts_of(guard.caller()))


@blp.post("/live/alerts/<alert_id>/acknowledge")
@for_operators
def acknowledge(alert_id: str) -> Response:
    services().alerts.acknowledge(guard.caller(), *api.named(alert_id))
    return see_other(url_for("live_pages.live"))
