"""Before an event: everything that photos will need is looked at, and what is about to end is
changed."""

from __future__ import annotations

from typing import Any

from photoai.schemas.rehearsals import (
    RehearsalSchema,
    RehearsalWishSchema,
    SuccessionSchema,
    SuccessionWishSchema,
)
from photoai.services.rehearsals import Report, Wish

from .admin import actor
from .bodies import Blueprint
from .context import services
from .errors import said
from .guard import caller, operator_only

blp = Blueprint("readiness", __name__, url_prefix="/api/readiness", description="Before an event.")


@blp.get("")
@operator_only
@blp.response(200, RehearsalSchema)
def report() -> dict[str, Any]:
    """What the last looks have found, what runs now, and what trying a slot costs."""
    return _shown(services().rehearsals.report(caller()))


@blp.post("/check")
@operator_only
@blp.arguments(RehearsalWishSchema)
@blp.response(202, RehearsalSchema)
def check(wish: Wish) -> dict[str, Any]:
    """Look at it all, or at some rows. Ask for the report until `running` is false; only the slots
    that are named are sent a photo, as a test that nobody counts."""
    services().rehearsals.begin(caller(), wish)
    return _shown(services().rehearsals.report(caller()))


@blp.post("/models")
@operator_only
@blp.arguments(SuccessionWishSchema)
@blp.response(200, SuccessionSchema)
def replace_model(wanted: dict[str, str]) -> dict[str, Any]:
    """Put a model's successor in its place in all slots of the caller, and as the default where it
    is that: all of it, or nothing."""
    changed = services().rehearsals.succession.replace(
        caller(), actor(), wanted["provider_id"], wanted["model"]
    )
    return {"slot_ids": changed}


def _shown(report: Report) -> dict[str, Any]:
    return {
        "light": report.light,
        "running": report.is_running,
        "rows": [
            {
                "id": row.id,
                "running": row.is_running,
                "light": row.light,
                "said": said(row.said),
                "ms": row.ms,
                "ended_at": row.ended_at,
                "job_id": row.job_id,
            }
            for row in report.rows
        ],
        "trials": [
            {
                "slot_id": each.slot_id,
                "name": each.name,
                "provider_id": each.provider_id,
                "model": each.model_id,
                "cost_usd": each.cost_usd,
            }
            for each in report.trials
        ],
        "retiring": [
            {
                "provider_id": each.provider_id,
                "model": each.model_id,
                "retired_on": each.retired_on,
                "successor": each.successor,
                "slot_ids": each.slot_ids,
                "is_default": each.is_default,
            }
            for each in report.retiring
        ],
    }
