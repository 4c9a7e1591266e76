"""The late tray: photos no booth waits for any more, for their operator to hand over."""

from __future__ import annotations

from typing import Any

from flask import Response

from photoai.models import Job
from photoai.schemas.jobs import JobSchema
from photoai.schemas.pickups import (
    HandedOver,
    HandedOverCountSchema,
    HandedOverSchema,
    LateSchema,
)
from photoai.services.archives import Member, zipped

from .bodies import Blueprint
from .context import services
from .files import ENDINGS, attachment
from .guard import caller, operator_only
from .jobs import all_shown, shown

blp = Blueprint("late", __name__, url_prefix="/api", description="The late tray.")
ARCHIVE = "late-photos.zip"
MOST_IN_ARCHIVE = 2000


@blp.get("/late")
@operator_only
@blp.response(200, LateSchema)
def late() -> dict[str, Any]:
    """Late photos, finished or on their way, newest first."""
    return {"data": all_shown(services().jobs.late.photos(caller()))}


@blp.get("/late.zip")
@operator_only
@blp.response(200, {"format": "binary", "type": "string"}, content_type="application/zip")
def archive() -> Response:
    """All finished late photos as one ZIP archive."""
    jobs = services().jobs
    found = jobs.late.photos(caller(), finished=True, most=MOST_IN_ARCHIVE)
    response = Response(zipped([_member(job) for job in found]), mimetype="application/zip")
    response.headers["Content-Disposition"] = attachment(ARCHIVE)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blp.post("/late/done")
@operator_only
@blp.arguments(HandedOverSchema, required=False)
@blp.response(200, HandedOverCountSchema)
def hand_over_all(wanted: HandedOver) -> dict[str, int]:
    """These photos, or all that are finished, have been handed over."""
    return {"handed_over": services().jobs.late.hand_over_all(caller(), wanted.ids)}


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


def _member(job: Job) -> Member:
    facts, open_result = job.result or {}, services().jobs.result
    finished = job.finished or job.created
    ending = ENDINGS.get(facts["mime"], "bin")
    name = f"{job.slot_id}-{finished:%Y%m%d-%H%M%S}-{job.public_id[:8]}.{ending}"
    return Member(name, facts["size_bytes"], finished, lambda: open_result(job))
