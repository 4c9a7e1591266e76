"""What photos cost today, and drills."""

from __future__ import annotations

from typing import Any

from photoai.schemas.budgets import (
    BudgetListSchema,
    DrillListSchema,
    DrillWish,
    DrillWishSchema,
)

from .bodies import Blueprint
from .context import services
from .guard import caller, operator_only

blp = Blueprint("budgets", __name__, url_prefix="/api", description="Money and drills.")


@blp.get("/budget")
@operator_only
@blp.response(200, BudgetListSchema)
def budget() -> dict[str, Any]:
    """What all photos cost today, then the caller's slots that cost something; the limits are those
    of the settings."""
    return {"data": services().budgets.today(caller())}


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
