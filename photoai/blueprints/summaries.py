"""The daily summary, sent as a webhook."""

from __future__ import annotations

from typing import Any

from photoai.schemas.deliveries import DeliveryListSchema, DeliverySchema
from photoai.schemas.summaries import SummaryPlanSchema
from photoai.services.summaries import Plan
from photoai.services.webhooks import Delivery

from .bodies import Blueprint
from .context import services
from .guard import caller, operator_only

blp = Blueprint("summaries", __name__, url_prefix="/api/summary", description="Daily summary.")


@blp.get("")
@operator_only
@blp.response(200, SummaryPlanSchema)
def plan() -> Plan:
    """Where the caller's summary goes, and when."""
    return services().summaries.plan(caller())


@blp.put("")
@operator_only
@blp.arguments(SummaryPlanSchema)
@blp.response(200, SummaryPlanSchema)
def change(wanted: Plan) -> Plan:
    """Send it there from now on, once a day at that hour; nowhere with null."""
    return services().summaries.change(caller(), wanted)


@blp.post("/test")
@operator_only
@blp.response(202, DeliverySchema)
def send_test() -> Delivery:
    """Send one of the last 24 hours now, signed and tried again as all webhooks."""
    return services().summaries.send_test(caller())


@blp.get("/deliveries")
@operator_only
@blp.response(200, DeliveryListSchema)
def deliveries() -> dict[str, Any]:
    """The newest summaries that were sent, with every try."""
    found = services().summaries.deliveries(caller())
    return {"data": found, "meta": {"total": len(found)}}
