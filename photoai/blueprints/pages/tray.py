"""The late tray on the page of the evening: how much of it is shown, and what can be undone."""

from __future__ import annotations

from typing import Any

from flask import request

from photoai.schemas.pickups import MOST_NAMED
from photoai.services.accounts import Caller

from ..context import services

TRAY = "late-tray"  # its place on the page
SHOWN, RECEIPT = "photos", "receipt"  # in the page's address
STEP = 100


def tray_shown(caller: Caller) -> dict[str, Any]:
    """What the operator's late photos are shown with."""
    most = _most()
    found = services().jobs.late.page(caller, page_size=most)
    receipt = request.args.get(RECEIPT, "")
    more = min(most + STEP, MOST_NAMED) if len(found.jobs) < found.total else most
    return {
        "late_photos": found.jobs,
        "late_total": found.total,
        "late_more": more if more != most else None,
        "handed": services().jobs.late.undoable(caller, receipt),
        "receipt": receipt,
        "names": {slot.id: slot.name for slot in services().slots.listed(caller)},
        "pickup_token": services().pickups.links.token,
    }


def _most() -> int:
    """How many photos are shown; an address that was put together wrongly shows the usual."""
    asked = request.args.get(SHOWN, type=int) or STEP
    return min(max(asked, STEP), MOST_NAMED)
