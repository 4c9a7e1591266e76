"""Slots: what each ingest link does with a photo."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, BinaryIO

from photoai.errors import Invalid, Malformed, Sentence, UploadTooLarge
from photoai.models import Slot
from photoai.schemas.jobs import JobSchema
from photoai.schemas.slots import (
    SlotFilter,
    SlotFilterSchema,
    SlotListSchema,
    SlotSavedSchema,
    SlotSchema,
    SlotUpdateSchema,
    slot_update,
)
from photoai.services.clock import utcnow
from photoai.services.ingest import Form, SlotTest
from photoai.services.slots import SlotUpdate

from .bodies import Blueprint, loads
from .booths import survey_in_link
from .context import base_url, config, services
from .guard import caller, operator_only
from .jobs import Answer, started
from .uploads import FIELD_MAX_BYTES, form_body, receive_form
from .wishes import FORM_PROPERTIES, STARTS_A_JOB, wishes_in

blp = Blueprint("slots", __name__, url_prefix="/api/slots", description="The forty slots.")
SETTINGS = "settings"
FORM = form_body(
    file="photo",
    settings={
        "type": "string",
        "contentMediaType": "application/json",
        "description": "What a PUT of the slot would send; its own without it.",
    },
    **FORM_PROPERTIES,
)


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
    base = base_url()
    return {"data": [slot_shown(slot, base) for slot in found], "meta": {"total": len(found)}}


@blp.get("/<slot_id>")
@operator_only
@blp.response(200, SlotSchema)
def slot(slot_id: str) -> dict[str, Any]:
    """One slot with its settings."""
    return slot_shown(services().slots.get(caller(), slot_id), base_url())


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


@blp.post("/<slot_id>/test")
@operator_only
@blp.doc(requestBody=FORM, **STARTS_A_JOB)
@blp.response(202, JobSchema)
@blp.alt_response(200, schema=JobSchema, description="It has ended within `Prefer: wait=N`.")
def test(slot_id: str) -> Answer:
    """Try settings that need not be saved on a photo; nobody counts it. Parameters of the link
    are a guest's answers, as at the ingest link."""
    submitted = services().slot_tests.start(
        caller(),
        SlotTest(
            slot_id,
            receive=_received,
            unsaved=_unsaved,
            received=utcnow(),
            answers=survey_in_link(),
        ),
    )
    return started(submitted)


def _received(file: BinaryIO) -> Form:
    try:
        form = receive_form(file, config().media_max_file_size_mb * 1_000_000)
    except UploadTooLarge as error:
        field = error.details.get("field")
        if field not in {SETTINGS, *FORM_PROPERTIES}:
            raise
        raise Invalid(
            details={field: [Sentence("At most {most} bytes.", most=FIELD_MAX_BYTES)]}
        ) from None
    return replace(form, wishes=wishes_in(form))


def _unsaved(form: Form) -> SlotUpdate | None:
    if SETTINGS not in form.fields:
        return None
    try:
        return slot_update(loads(form.fields[SETTINGS]))
    except json.JSONDecodeError:
        raise Malformed(details={SETTINGS: [Sentence("Not JSON.")]}) from None


def slot_shown(slot: Slot, base: str) -> dict[str, Any]:
    """The slot's row with its link, ready for SlotSchema."""
    shown = {
        name: getattr(slot, name, None) for name in SlotSchema().fields if name != "ingest_url"
    }
    return shown | {"ingest_url": f"{base}/ingest/{slot.id}"}
