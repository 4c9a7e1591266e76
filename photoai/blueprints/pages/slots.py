"""The operator's main page: all forty slots, and what each is doing now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, request, url_for

from photoai.schemas.slots import SlotFilter, SlotFilterSchema
from photoai.services.board import SlotNow

from .. import guard
from ..context import base_url, services
from .forms import read
from .page import Pages, for_operators, shown

blp = Pages("slot_pages")
IDLE = SlotNow()


@blp.get("/slots")
@for_operators
def slots() -> Response:
    return shown("slots.html", **_found())


@blp.get("/slots/rows")
@for_operators
def rows() -> Response:
    """The rows alone, as they are now."""
    return shown("_slot_rows.html", **_found())


def _given(wanted: SlotFilter) -> dict[str, Any]:
    return {name: value for name, value in asdict(wanted).items() if value}


def _found() -> dict[str, Any]:
    wanted: SlotFilter = read(SlotFilterSchema(), request.args)
    found = services().slots.listed(
        guard.caller(),
        provider_id=wanted.provider_id,
        operation_id=wanted.operation_id,
        search=wanted.search,
    )
    now = services().board.of(guard.caller())
    ordered = sorted(found, key=lambda slot: not slot.is_configured)
    return {
        "rows": [(slot, now.get(slot.id, IDLE)) for slot in ordered],
        # Only what is known of the query: url_for has wishes of its own in its arguments.
        "rows_address": url_for(".rows", **_given(wanted)),
        "configured": sum(slot.is_configured for slot in found),
        "wanted": wanted,
        "base": base_url(),
        "providers": services().catalogue.providers,
        "operations": services().catalogue.operations,
    }
