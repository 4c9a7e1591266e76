"""What an operator should hear of right now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from photoai.models import Alert
from photoai.schemas.alerts import AlertSchema, AlertsSchema
from photoai.services.accounts import Caller
from photoai.services.alerts import Kind

from .bodies import Blueprint
from .context import services
from .guard import caller, operator_only

blp = Blueprint("alerts", __name__, url_prefix="/api/alerts", description="Alerts.")
SLOT_BUDGET = "slot budget"
SAID: Mapping[str, Any] = {
    Kind.ERRORS: lazy_gettext("%(value)s%% of the photos of the last ten minutes failed."),
    Kind.QUEUE: lazy_gettext("%(value)s photos wait in the queue."),
    Kind.WAIT: lazy_gettext("The oldest photo in the queue has waited for %(value)s s."),
    Kind.LATE: lazy_gettext("%(value)s photos of the last ten minutes came too late."),
    Kind.PROVIDER: lazy_gettext(
        "%(subject)s is left alone for a while: it keeps failing, or its quota is used up."
    ),
    Kind.BUDGET: lazy_gettext("%(value)s%% of today's budget for photos is spent."),
    SLOT_BUDGET: lazy_gettext("%(value)s%% of today's budget of %(subject)s is spent."),
    Kind.EVENT_BUDGET: lazy_gettext("%(value)s%% of the event's budget is spent."),
    Kind.OFFLINE: lazy_gettext("No internet: photos go to the local rungs of their slots."),
}


@blp.get("")
@operator_only
@blp.response(200, AlertsSchema)
def alerts() -> dict[str, Any]:
    """What is wrong now, the oldest first; on the live stream, `alerts` says that it changed."""
    return {"data": alerts_of(caller())}


@blp.post("/<alert_id>/acknowledge")
@operator_only
@blp.response(200, AlertSchema)
def acknowledge(alert_id: str) -> dict[str, Any]:
    """Somebody has heard it: it is silent until it is over and comes again."""
    return shown(services().alerts.acknowledge(caller(), *named(alert_id)))


def alerts_of(operator: Caller) -> list[dict[str, Any]]:
    """Ready for AlertSchema, the oldest first."""
    return [shown(each) for each in services().alerts.of(operator)]


def named(alert_id: str) -> tuple[str, str]:
    """An alert's kind and subject."""
    kind, _, subject = alert_id.partition(":")
    return kind, subject


def shown(alert: Alert) -> dict[str, Any]:
    """Ready for AlertSchema, in the caller's language."""
    facts = ("kind", "subject", "value", "most", "raised_at", "acknowledged_at")
    id_ = f"{alert.kind}:{alert.subject}" if alert.subject else alert.kind
    return {"id": id_, "message": said(alert)} | {name: getattr(alert, name) for name in facts}


def said(alert: Alert) -> str:
    """The sentence that tells of it; of a kind this version does not know, the kind."""
    entry = services().catalogue.providers.get(alert.subject)
    subject = gettext(entry.title) if entry else alert.subject
    is_of_slot = alert.kind == Kind.BUDGET and alert.subject
    kind = SLOT_BUDGET if is_of_slot else alert.kind
    sentence, facts = SAID.get(kind), {"value": round(alert.value), "subject": subject}
    return str(sentence) % facts if sentence else alert.kind
