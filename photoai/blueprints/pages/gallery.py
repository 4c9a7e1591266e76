"""The gallery: an operator's finished photos, to look through, compare, download, and show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flask import Response, request, url_for
from marshmallow import ValidationError

from photoai.errors import Invalid, NotFound, PhotoaiError, RangeInvalid
from photoai.models import Job
from photoai.schemas.galleries import (
    GalleryLinkWishSchema,
    GalleryQuery,
    GalleryQuerySchema,
    GalleryZipSchema,
)
from photoai.schemas.stats import WHEN
from photoai.services.clock import utcnow
from photoai.services.galleries import LONGEST_MIN, SHORTEST_MIN, UNASKED_MIN, maker_of
from photoai.services.ladder import MOST_RUNGS
from photoai.services.photos import JPEG

from .. import guard
from ..context import services
from ..gallery import archive_response, public_address
from .forms import problems, refused, whole, whole_or_text
from .page import Pages, for_operators, see_other, shown

blp = Pages("gallery_pages")
SMALL_PX, LARGE_PX = 480, 1600
KEPT, NOT_KEPT = "private, max-age=86400", "private, no-store"
FILTERS = ("slot_id", "from", "to", "zone", "provider_id", "rung", "tests")
RUNGS, HOURS = tuple(map(str, range(MOST_RUNGS + 1))), (1, 3, 6, 12, 24, 72)
SINCE_NOW, SINCE_MOMENT = "now", "moment"
FARTHEST_ZONE_MIN = 840


@blp.get("/gallery")
@for_operators
def gallery() -> Response:
    return _page()


@blp.get("/gallery/photos")
@for_operators
def photos() -> Response:
    """The photos alone, for the page's module."""
    return shown("_gallery_photos.html", **_photos())


@blp.post("/gallery/zip")
@for_operators
def archive() -> Response:
    """Those that were chosen as one archive."""
    try:
        return archive_response(_loaded(GalleryZipSchema(), {"id": request.form.getlist("id")}))
    except PhotoaiError as error:
        return refused(error, _page(error))


@blp.post("/gallery/links")
@for_operators
def open_link() -> Response:
    try:
        services().galleries.links.open(guard.caller(), _loaded(GalleryLinkWishSchema(), _typed()))
    except PhotoaiError as error:
        return refused(error, _page(error))
    return see_other(url_for(".gallery") + "#open")


@blp.post("/gallery/links/<link_id>/close")
@for_operators
def close_link(link_id: str) -> Response:
    services().galleries.links.close(guard.caller(), link_id)
    return see_other(url_for(".gallery") + "#open")


@blp.get("/gallery/<job_id>/<look>")
@for_operators
def look(job_id: str, look: str) -> Response:
    """A photo `small` or `large`, or as the guest's camera took it: `before`."""
    if look not in LOOKS:
        raise NotFound
    return LOOKS[look](services().jobs.get(guard.caller(), job_id))


def picture(data: bytes, kept: str) -> Response:
    response = Response(data, mimetype=JPEG)
    response.headers["Cache-Control"] = kept
    return response


def preview(job: Job, side_px: int, *, tag: str, kept: str) -> Response:
    """A photo, small; not again to who has it. Equal `tag`s mean the same photo for ever."""
    response = picture(b"", kept)
    response.set_etag(f"{tag}-{side_px}")
    if request.if_none_match.contains_weak(f"{tag}-{side_px}"):
        response.status_code = 304
        return response
    response.set_data(services().previews.of(job, side_px))
    return response


def _preview(job: Job, side_px: int) -> Response:
    # The key holds the attempt, and nothing is ever written twice under one.
    return preview(job, side_px, tag=job.result_key or "", kept=KEPT)


def _before(job: Job) -> Response:
    return picture(services().previews.before(job, LARGE_PX), NOT_KEPT)


LOOKS = {
    "small": lambda job: _preview(job, SMALL_PX),
    "large": lambda job: _preview(job, LARGE_PX),
    "before": _before,
}


def _page(error: PhotoaiError | None = None) -> Response:
    caller = guard.caller()
    slots = services().slots.listed(caller)
    return shown(
        "gallery.html", refusal=error, problems=problems(error),
        slots=[slot for slot in slots if slot.is_configured or slot.id == _filter("slot_id")],
        providers=services().catalogue.providers, rungs=RUNGS,
        links=services().galleries.links.listed(caller), address_of=public_address, now=utcnow(),
        typed=request.form, hours=HOURS, minutes=(SHORTEST_MIN, UNASKED_MIN, LONGEST_MIN),
        **_photos(),
    )  # fmt: skip


def _photos() -> dict[str, Any]:
    """What the list of photos shows, under the filters of the address."""
    query: GalleryQuery = _loaded(GalleryQuerySchema(), _filters() | _place())
    found = services().galleries.photos
    page = found.page(guard.caller(), query.wish, most=query.limit, before=query.before)
    slots = services().slots.listed(guard.caller())
    return {
        "page": page,
        "is_first": query.before is None,
        "names": {slot.id: slot.name for slot in slots},
        "maker_of": maker_of,
        "filters": {name: _filter(name) for name in FILTERS if _filter(name)},
        "zipped": _filters(),
    }


def _filter(name: str) -> str:
    return request.args.get(name, "") if request.method == "GET" else ""


def _place() -> dict[str, str]:
    before = request.args.get("before")
    return {"before": before} if before else {}


def _filters() -> dict[str, Any]:
    """What the form of the filters asks for, in the API's words."""
    given: dict[str, Any] = {name: _filter(name) for name in FILTERS if _filter(name)}
    zone = _zone(given.pop("zone", ""))
    for name in ("from", "to"):
        if name in given:
            given[name] = _moment(name, given[name], zone)
    return given


def _zone(minutes_east: str) -> timezone:
    """The visitor's; without a module to tell it, UTC."""
    minutes = whole(minutes_east) or 0
    return timezone(timedelta(minutes=minutes)) if abs(minutes) <= FARTHEST_ZONE_MIN else UTC


def _moment(name: str, typed: str, zone: timezone) -> str:
    """A local moment as a form has it, or one with its zone, as the API takes it."""
    try:
        moment = datetime.fromisoformat(typed)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()
    except ValueError:
        raise RangeInvalid(details={name: [WHEN]}) from None


def _typed() -> dict[str, Any]:
    """The gallery that the form asks for, in the API's words."""
    form, back = request.form, request.form.get("back", "")
    wish: dict[str, Any] = {"slot_ids": form.getlist("slot_ids")}
    wish["minutes"] = whole_or_text(form.get("minutes", ""))
    if back == SINCE_NOW:
        wish["hours"] = 0
    elif back == SINCE_MOMENT:
        wish["since"] = _moment("since", form.get("since", ""), _zone(form.get("zone", "")))
    elif back:
        wish["hours"] = whole_or_text(back)
    return wish


def _loaded(schema: Any, given: dict[str, Any]) -> Any:
    try:
        return schema.load(given)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
