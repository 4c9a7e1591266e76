"""A gallery that is open for a while: what who has its link sees, and nothing of whose it is."""

from __future__ import annotations

from flask import Response, request

from photoai.errors.galleries import GalleryUnknown
from photoai.models import GalleryLink, Job
from photoai.services import qr
from photoai.services.clock import utcnow
from photoai.services.galleries import PublicPage
from photoai.services.photos import PNG

from ..context import services
from ..files import part_response
from ..gallery import public_address
from ..limits import Throttle, caller_address, throttles
from .gallery import LARGE_PX, SMALL_PX, preview
from .page import Pages, shown

blp = Pages("public_gallery")
AT_ONCE = 60
# Whoever has seen a picture asks anew whether it may still be seen.
ASKED_AGAIN = "private, no-cache"


@blp.get("/g/<token>")
def gallery(token: str) -> Response:
    link = _open(token)
    return _shown("public_gallery.html", token, link, _page(link))


@blp.get("/g/<token>/photos")
def photos(token: str) -> Response:
    """The newest photos alone, for the page's module; 204 when it has those `known` already."""
    link = _open(token)
    page = _page(link)
    if request.args.get("known") == mark_of(page):
        return Response(status=204)
    return _shown("_public_photos.html", token, link, page)


@blp.get("/g/<token>/before/<name>")
def older(token: str, name: str) -> Response:
    link = _open(token)
    return _shown("public_gallery.html", token, link, _page(link, name), is_first=False)


@blp.get("/g/<token>/<name>/small")
def small(token: str, name: str) -> Response:
    return preview(_photo(token, name), SMALL_PX, tag=name, kept=ASKED_AGAIN)


@blp.get("/g/<token>/<name>/large")
def large(token: str, name: str) -> Response:
    return preview(_photo(token, name), LARGE_PX, tag=name, kept=ASKED_AGAIN)


@blp.get("/g/<token>/<name>/photo")
def photo(token: str, name: str) -> Response:
    """The photo itself, to be kept."""
    job = _photo(token, name)
    _count(throttles().photos_to_address, throttles().photos_of_galleries)
    facts, file = job.result or {}, services().jobs.result(job)
    response = part_response(
        file, facts["mime"], facts["size_bytes"], tag=name, saved_as=_file_name(job, facts["mime"])
    )
    response.headers["Cache-Control"] = ASKED_AGAIN
    return response


@blp.get("/g/<token>/qr.svg")
def qr_svg(token: str) -> Response:
    _open(token)
    return Response(qr.svg(public_address(token)), mimetype="image/svg+xml")


@blp.get("/g/<token>/qr.png")
def qr_png(token: str) -> Response:
    _open(token)
    return Response(qr.png(public_address(token)), mimetype=PNG)


@blp.after_request
def _quietly(response: Response) -> Response:
    """Found by no search engine, kept by nobody in between."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    if "Cache-Control" not in response.headers or response.mimetype == "text/html":
        response.headers["Cache-Control"] = "private, no-store"
    return response


def mark_of(page: PublicPage) -> str:
    """What tells a page of photos from the one before something was added or taken away."""
    return f"{page.photos[0].name}-{page.total}" if page.photos else "none"


def _shown(
    template: str, token: str, link: GalleryLink, page: PublicPage, is_first: bool = True
) -> Response:
    left_sec = max(0.0, (link.closes_at - utcnow()).total_seconds())
    return shown(
        template, token=token, page=page, mark=mark_of(page), is_first=is_first,
        left_sec=left_sec, closes_at=link.closes_at,
    )  # fmt: skip


def _page(link: GalleryLink, before: str | None = None) -> PublicPage:
    return services().galleries.links.page(link, most=AT_ONCE, before=before)


def _open(token: str) -> GalleryLink:
    """Raises GalleryUnknown, TooManyLooks, TooManyMisses"""
    links, address = services().galleries.links, caller_address()
    _count(throttles().looks_from_address, throttles().looks_at_galleries)
    try:
        return links.behind(token)
    except GalleryUnknown:
        # Those who look at a gallery until it closes have not guessed.
        if not links.known(token):
            throttles().missed_downloads.count(address)
        raise


def _photo(token: str, name: str) -> Job:
    return services().galleries.links.photo(_open(token), name)


def _count(from_address: Throttle, in_all: Throttle) -> None:
    from_address.count(caller_address())
    in_all.count()


def _file_name(job: Job, mime: str) -> str:
    ending = mime.rpartition("/")[2].replace("jpeg", "jpg")
    return f"photo-{job.finished:%Y%m%d-%H%M%S}.{ending}"
