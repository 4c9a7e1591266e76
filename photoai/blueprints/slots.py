"""Slots: what each ingest link does with a photo."""

from __future__ import annotations

from typing import Any

from photoai.models import Slot
from photoai.schemas.slots import (
    SlotFilter,
    SlotFilterSchema,
    SlotListSchema,
    SlotSavedSchema,
    SlotSchema,
    SlotUpdateSchema,
)
from photoai.services.slots import SlotUpdate

from .bodies import Blueprint
from .context import absolute, services
from .guard import caller, operator_only

blp = Blueprint("slots", __name__, url_prefix="/api/slots", description="The forty slots.")


@blp.get("")
@operator_only
@blp.arguments(SlotFilterSchema, location="query", error_status_code=400)
@blp.response(200, SlotListSchema)
def slots(wanted: SlotFilter) -> dict[str, Any]:
    """The caller's slots, all forty unless filtered."""
    found = services().slots.listed(
        caller(),
        provider_id=wanted.provider_id,
        operation_id=wanted.operation_id,
        search=wanted.search,
    )
    return {"data": [_view(slot) for slot in found], "meta": {"total": len(found)}}


@blp.get("/<slot_id>")
@operator_only
@blp.response(200, SlotSchema)
def slot(slot_id: str) -> dict[str, Any]:
    """One slot with its settings."""
    return _view(services().slots.get(caller(), slot_id))


@blp.put("/<slot_id>")
@operator_only
@blp.arguments(SlotUpdateSchema)
@blp.response(200, SlotSavedSchema)
def save(update: SlotUpdate, slot_id: str) -> Slot:
    """Save a slot's settings, checked against its operation's schema."""
    return services().slots.save(caller(), slot_id, update)


@blp.delete("/<slot_id>/settings")
@operator_only
@blp.response(204)
def clear(slot_id: str) -> None:
    """Make a slot free again; its link stays."""
    services().slots.clear(caller(), slot_id)


def _view(slot: Slot) -> dict[str, Any]:
    shown = {
        name: getattr(slot, name, None) for name in SlotSchema().fields if name != "ingest_url"
    }
    return shown | {"ingest_url": absolute(f"/ingest/{slot.id}")}
