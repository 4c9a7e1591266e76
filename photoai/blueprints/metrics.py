"""Figures for Prometheus, for this machine and whoever has the token."""

from __future__ import annotations

import hmac
import ipaddress

from flask import Response, request

from photoai.errors import NotFound, Unauthorized

from .bodies import Blueprint
from .context import config, services

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")

blp = Blueprint("metrics", __name__, description="Figures for Prometheus.")


@blp.get("/metrics")
@blp.doc(security=[{"bearer": []}, {}])
@blp.response(200, {"type": "string"}, content_type="text/plain")
def show() -> Response:
    """What happens here, in Prometheus's text format."""
    _admit()
    text, content_type = services().metrics.page(request.headers.get("Accept", ""))
    response = Response(text, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _admit() -> None:
    """Where no token opens the door there is none for strangers.

    Raises:
        NotFound, Unauthorized
    """
    if _is_from_here():
        return
    token = config().metrics_token
    if not token:
        raise NotFound
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # Header values are bytes, which WSGI shows as Latin-1.
    same = hmac.compare_digest(given.strip().encode("latin-1", "replace"), token.encode())
    if scheme.lower() != "bearer" or not same:
        raise Unauthorized


def _is_from_here() -> bool:
    """Whether a process of this machine asks, and not for somebody else: a proxy that is not
    trusted to name its client may stand here too."""
    settings = config()
    trusted = settings.trusted_proxy_hops or settings.dyno
    if not trusted and any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
