"""Late pick-up: a guest's page with the photo's state, then the photo. The link is permission
enough, and it says nothing of anybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify, request, url_for

from photoai.errors.pickups import PickupGone, PickupUnknown
from photoai.models import Job, JobState
from photoai.schemas.live import LastEventSchema
from photoai.schemas.pickups import PickupSchema, Stage, pickup_view, stage_of
from photoai.services import qr
from photoai.services.accounts import Bearer
from photoai.services.jobs import Outlook
from photoai.services.live import Moment, Wish

from ..context import absolute, services
from ..files import file_name, part_response
from ..jobs import end_of
from ..limits import caller_address, throttles
from ..sse import Writer, connected, streamed
from ..wire import MEDIA_CSP
from .forms import refused
from .page import Pages, for_anybody, shown

blp = Pages("pickup_pages")
SCHEMA = PickupSchema()
NAME, LAST_EVENT = "photo", "Last-Event-ID"
# A stream begins anew after so long; its page does that by itself.
LISTENS = timedelta(hours=1)
# Links are for those who hold them: neither search engines nor other sites learn of one.
APART = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "private, no-store"}
# A phone that shows the photo saves it without fetching it twice, and asks whether it may.
PHOTO_KEPT = "private, no-cache"
QR_KEPT = "private, max-age=3600"
Headers = dict[str, str]


class GuestWriter(Writer):
    """Tells a guest as much as the page shows."""

    def shown(self, moment: Moment) -> Any:
        assert isinstance(moment.row, Job)
        return SCHEMA.dump(pickup_view(moment.row, moment.outlook or Outlook()))


@blp.errorhandler(PickupUnknown)
def unknown(error: PickupUnknown) -> Response:
    """A page, whatever it was asked for: people follow these links."""
    return refused(error, shown("pickup.html", stage=Stage.UNKNOWN, outlook=Outlook()))


@blp.get("/p/<token>")
@for_anybody
def pickup(token: str) -> Response:
    job = _job(token)
    stage = stage_of(job)
    status = 410 if stage is Stage.GONE else 200
    response = shown(
        "pickup.html", status, token=token, job=job, stage=stage, stages=Stage,
        outlook=services().outlooks.of(job), usual_sec=services().outlooks.usual_sec(job),
        kept_until=_kept_until(job), link=absolute(url_for(".pickup", token=token)),
    )  # fmt: skip
    response.headers.update(APART)
    return response


@blp.get("/p/<token>/photo")
def photo(token: str) -> Response:
    job = _job(token)
    if not JobState(job.state).ended:
        response: Response = jsonify(SCHEMA.dump(pickup_view(job, services().outlooks.of(job))))
        response.status_code = 202
    elif job.state != JobState.SUCCEEDED:
        raise end_of(job)
    elif job.result_key is None:
        raise PickupGone
    else:
        return _bytes_of(job)
    response.headers.update(APART)
    return response


@blp.get("/p/<token>/events")
def events(token: str) -> Response:
    job = _job(token)
    now = datetime.now(UTC)
    bearer = Bearer(job.user_id, f"{blp.name} {job.public_id}", now, now + LISTENS)
    wish = Wish(bearer, _since(), job.public_id, connected(), by_link=True)
    return streamed(wish, GuestWriter())


@blp.get("/p/<token>/qr.svg")
def qr_svg(token: str) -> Response:
    return _code(Response(qr.svg(_link(token)), mimetype="image/svg+xml"))


@blp.get("/p/<token>/qr.png")
def qr_png(token: str) -> Response:
    return _code(Response(qr.png(_link(token)), mimetype="image/png"))


def _job(token: str) -> Job:
    """Raises PickupUnknown, TooManyWrongLinks"""
    try:
        return services().pickups.job(token)
    except PickupUnknown:
        throttles().wrong_links.count(caller_address())
        raise


def _link(token: str) -> str:
    """A link that was made here. Raises PickupUnknown, TooManyWrongLinks"""
    if services().pickups.links.public_id(token) is None:
        throttles().wrong_links.count(caller_address())
        raise PickupUnknown
    return absolute(f"/p/{token}")


def _code(response: Response) -> Response:
    response.headers.update(APART)
    response.headers["Cache-Control"] = QR_KEPT
    response.headers["Content-Security-Policy"] = MEDIA_CSP
    return response


def _bytes_of(job: Job) -> Response:
    facts, file = job.result or {}, services().jobs.result(job)
    name = file_name(NAME, facts["mime"]) if "download" in request.args else None
    response = part_response(
        file, facts["mime"], facts["size_bytes"], tag=job.result_key or "", saved_as=name
    )
    response.headers.update(APART)
    response.headers["Cache-Control"] = PHOTO_KEPT
    return response


def _since() -> int | None:
    """Raises LastEventIdInvalid"""
    given = request.headers.get(LAST_EVENT, "")
    since: int | None = LastEventSchema().load({LAST_EVENT: given})
    return since


def _kept_until(job: Job) -> datetime | None:
    if job.finished is None or job.state != JobState.SUCCEEDED:
        return None
    return job.finished + services().upkeep.results_live
