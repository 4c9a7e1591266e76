"""The late tray: photos no booth waits for any more, for their operator to hand over."""

from __future__ import annotations

from typing import Any

from flask import Response

from photoai.schemas.jobs import JobListSchema, JobSchema
from photoai.schemas.pickups import (
    HandedOver,
    HandedOverSchema,
    HandingSchema,
    LateQuery,
    LateQuerySchema,
    PutBackSchema,
    ReceiptSchema,
)
from photoai.services.jobs import Handing

from .bodies import Blueprint
from .context import services
from .files import attachment
from .guard import caller, operator_only
from .jobs import all_shown, shown

blp = Blueprint("late", __name__, url_prefix="/api", description="The late tray.")
ARCHIVE = "late-photos.zip"


@blp.get("/late")
@operator_only
@blp.arguments(LateQuerySchema, location="query")
@blp.response(200, JobListSchema)
def late(wanted: LateQuery) -> dict[str, Any]:
    """Late photos, finished or on their way, newest first."""
    found = services().jobs.late.page(caller(), page=wanted.page, page_size=wanted.page_size)
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": all_shown(found.jobs), "meta": meta}


@blp.get("/late.zip")
@operator_only
@blp.response(200, {"format": "binary", "type": "string"}, content_type="application/zip")
def archive() -> Response:
    """All finished late photos as one ZIP archive that is made while it is sent."""
    found = services().jobs.late.finished(caller())
    response = Response(services().galleries.photos.zipped(found), mimetype="application/zip")
    response.headers["Content-Disposition"] = attachment(ARCHIVE)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blp.post("/late/done")
@operator_only
@blp.arguments(HandedOverSchema, required=False)
@blp.response(200, HandingSchema)
def hand_over_all(wanted: HandedOver) -> Handing:
    """These photos, or all that are finished, have been handed over."""
    return services().jobs.late.hand_over_all(caller(), wanted.ids)


@blp.post("/late/undo")
@operator_only
@blp.arguments(ReceiptSchema)
@blp.response(200, PutBackSchema)
def put_back(receipt: str) -> dict[str, int]:
    """Put exactly those back that one call handed over."""
    return {"put_back": services().jobs.late.put_back(caller(), receipt)}


@blp.post("/late/<task_id>/done")
@operator_only
@blp.response(200, JobSchema)
def hand_over(task_id: str) -> dict[str, Any]:
    """The photo has been handed over and leaves the tray."""
    services().jobs.late.hand_over(caller(), task_id)
    return shown(services().jobs.get(caller(), task_id))


@blp.delete("/late/<task_id>/done")
@operator_only
@blp.response(200, JobSchema)
def take_back(task_id: str) -> dict[str, Any]:
    """The photo has not been handed over after all."""
    services().jobs.late.take_back(caller(), task_id)
    return shown(services().jobs.get(caller(), task_id))
