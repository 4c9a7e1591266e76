"""The API's description to read and to try; both viewers come from a package."""

from __future__ import annotations

from flask import Response

from .page import CSP, Pages, for_anybody, shown

blp = Pages("docs_pages")
# Both viewers style themselves by elements they make; ReDoc searches in a worker it makes.
VIEWER_CSP = (
    CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") + "; worker-src blob:"
)


@blp.get("/docs")
@for_anybody
def swagger() -> Response:
    return _viewer("docs.html")


@blp.get("/redoc")
@for_anybody
def redoc() -> Response:
    return _viewer("redoc.html")


def _viewer(template: str) -> Response:
    response = shown(template)
    response.headers["Content-Security-Policy"] = VIEWER_CSP
    return response
