"""A slot's history: what it was, and how it gets that back."""

from __future__ import annotations

from typing import Any

from photoai.schemas.slot_history import (
    RestoreSchema,
    SlotHistorySchema,
    SlotRestoredSchema,
    SlotVersionSchema,
    history_view,
    version_view,
)

from .bodies import Blueprint
from .context import services
from .errors import said
from .guard import caller, operator_only

blp = Blueprint(
    "slot_history", __name__, url_prefix="/api/slots", description="What slots were before."
)


@blp.get("/<slot_id>/history")
@operator_only
@blp.response(200, SlotHistorySchema)
def history(slot_id: str) -> dict[str, Any]:
    """The slot's last fifty versions, newest first, each with what it changed."""
    return history_view(services().slot_history.listed(caller(), slot_id))


@blp.get("/<slot_id>/history/<int:version>")
@operator_only
@blp.response(200, SlotVersionSchema)
def version(slot_id: str, version: int) -> dict[str, Any]:
    """One version, such as the one a photo was made with."""
    return version_view(services().slot_history.get(caller(), slot_id, version))


@blp.post("/<slot_id>/history/<int:version>/restore")
@operator_only
@blp.arguments(RestoreSchema, required=False)
@blp.response(200, SlotRestoredSchema)
def restore(body: dict[str, Any], slot_id: str, version: int) -> dict[str, Any]:
    """Save an old version's settings as a new version; `notes` say what they still lack."""
    present = (body or {}).get("version")
    restored = services().slot_history.restore(caller(), slot_id, version, present)
    slot = restored.slot
    return {
        "id": slot.id,
        "updated_at": slot.updated_at,
        "version": slot.version,
        "notes": said(list(restored.notes)),
    }
