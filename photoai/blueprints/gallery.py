"""Galleries: finished photos of all slots, some or all as an archive, links others may look by."""

from __future__ import annotations

from typing import Any

from flask import Response

from photoai.models import Job
from photoai.schemas.galleries import (
    GalleryLinkSchema,
    GalleryLinksSchema,
    GalleryLinkWishSchema,
    GalleryQuery,
    GalleryQuerySchema,
    GallerySchema,
    GalleryZipSchema,
    SlotPhotosSchema,
    SlotResultsSchema,
    link_view,
    photo_view,
)
from photoai.services.clock import utcnow
from photoai.services.galleries import GalleryWish, LinkWish, OpenLink
from photoai.services.jobs import job_links

from .bodies import Blueprint
from .context import absolute, base_url, services
from .files import attachment
from .guard import caller, operator_only
from .wire import MEDIA_CSP

blp = Blueprint("gallery", __name__, url_prefix="/api", description="Galleries.")
ZIP = "application/zip"


@blp.get("/gallery")
@operator_only
@blp.arguments(GalleryQuerySchema, location="query")
@blp.response(200, GallerySchema)
def gallery(query: GalleryQuery) -> dict[str, Any]:
    """Finished photos of all slots that are still there, newest first."""
    photos = services().galleries.photos
    page = photos.page(caller(), query.wish, most=query.limit, before=query.before)
    return {"data": [photo_shown(job) for job in page.photos], "meta": {"next": page.next_id}}


@blp.get("/gallery.zip")
@operator_only
@blp.arguments(GalleryZipSchema, location="query")
@blp.response(200, {"format": "binary", "type": "string"}, content_type=ZIP)
def archive(wish: GalleryWish) -> Response:
    """The same photos, or those named, as one ZIP archive that is made while it is sent."""
    return archive_response(wish)


@blp.get("/slots/<slot_id>/results")
@operator_only
@blp.arguments(SlotResultsSchema, location="query")
@blp.response(200, SlotPhotosSchema)
def slot_results(query: dict[str, int], slot_id: str) -> dict[str, Any]:
    """A slot's newest finished photos, tests among them."""
    slot = services().slots.get(caller(), slot_id)
    found = services().board.results(caller(), slot.id, query["limit"])
    return {"data": [photo_shown(job) for job in found]}


@blp.get("/gallery/links")
@operator_only
@blp.response(200, GalleryLinksSchema)
def links() -> dict[str, Any]:
    """The caller's open galleries, the newest first."""
    return {"data": [link_shown(link) for link in services().galleries.links.listed(caller())]}


@blp.post("/gallery/links")
@operator_only
@blp.arguments(GalleryLinkWishSchema)
@blp.response(201, GalleryLinkSchema)
def open_link(wish: LinkWish) -> dict[str, Any]:
    """Open a gallery to whoever has its link; it closes by itself."""
    return link_shown(services().galleries.links.open(caller(), wish))


@blp.delete("/gallery/links/<link_id>")
@operator_only
@blp.response(204)
def close_link(link_id: str) -> None:
    """Close an open gallery now: its link and those of its pictures lead nowhere any more."""
    services().galleries.links.close(caller(), link_id)


def photo_shown(job: Job) -> dict[str, Any]:
    """A finished photo, ready for GalleryPhotoSchema."""
    result = job_links(job, base_url())["result"]
    return photo_view(
        job, {"result": result, "preview": absolute(f"/live/{job.public_id}/preview")}
    )


def link_shown(link: OpenLink) -> dict[str, Any]:
    """An open gallery, ready for GalleryLinkSchema."""
    return link_view(link, public_address(link.token))


def public_address(token: str) -> str:
    return absolute(f"/g/{token}")


def archive_response(wish: GalleryWish) -> Response:
    """The photos as an archive. Raises GalleryEmpty."""
    response = Response(services().galleries.photos.packed(caller(), wish), mimetype=ZIP)
    name = f"photoai-{utcnow():%Y%m%d-%H%M}.zip"
    response.headers["Content-Disposition"] = attachment(name)
    response.headers["Content-Security-Policy"] = MEDIA_CSP
    response.headers["Cache-Control"] = "private, no-store"
    return response
