"""The operator's main page: all forty slots."""

from __future__ import annotations

from flask import Response, request

from photoai.schemas.slots import SlotFilterSchema

from .. import guard
from ..context import base_url, services
from .page import Pages, for_operators, shown

blp = Pages("slot_pages")


@blp.get("/slots")
@for_operators
def slots() -> Response:
    given = {name: value for name, value in request.args.items() if value}
    wanted = SlotFilterSchema().load(given)
    found = services().slots.listed(
        guard.caller(),
        provider_id=wanted.provider_id,
        operation_id=wanted.operation_id,
        search=wanted.search,
    )
    return shown(
        "slots.html", slots=sorted(found, key=lambda slot: not slot.is_configured),
        wanted=wanted, base=base_url(), catalogue=services().catalogue,
    )  # fmt: skip
