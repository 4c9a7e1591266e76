"""What every answer carries: a request id, security headers; and one log line per request."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from flask import Flask, Response, g, request

from photoai.services.metrics import Metrics

CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
MEDIA_CSP = "default-src 'none'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
log = logging.getLogger("photoai.http")


def init_app(app: Flask, metrics: Metrics) -> None:
    app.before_request(_begin)
    app.after_request(_finish)
    app.after_request(_counter(metrics))


def _begin() -> None:
    g.arrived = time.monotonic()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    log.info("request", extra={"fields": _facts(response)})
    return response


def _counter(metrics: Metrics) -> Callable[[Response], Response]:
    def count(response: Response) -> Response:
        seconds = time.monotonic() - g.get("arrived", time.monotonic())
        route = request.url_rule.rule if request.url_rule else None
        metrics.answered(request.method, route, response.status_code, seconds)
        if "refusal" in g:
            metrics.refused(g.refusal.code)
        if rung := response.headers.get("X-Photoai-Rung"):
            metrics.photo_answered(rung, seconds)
        return response

    return count


def _facts(response: Response) -> dict[str, object]:
    """The rule, not the address: an address may hold tokens, a query holds whatever it likes."""
    return {
        "id": g.get("request_id", ""),
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "ms": round((time.monotonic() - g.get("arrived", time.monotonic())) * 1000, 1),
        **_who_and_why(response),
    }


def _who_and_why(response: Response) -> dict[str, object]:
    refusal = g.get("refusal")
    facts = {
        "code": refusal.code if refusal else None,
        "slot": _slot(),
        "user": g.caller.username if "caller" in g else None,
        "job_id": response.headers.get("X-Photoai-Job")
        or (refusal and refusal.details.get("job_id")),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _slot() -> str | None:
    """The link's digits: what stands before them is whatever somebody wrote."""
    digits = (request.view_args or {}).get("link", "")[-3:]
    return f"slot-{digits}" if digits.isascii() and digits.isdigit() else None
