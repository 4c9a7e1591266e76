"""Is it alive, can it work, what is it."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from photoai import __version__
from photoai.schemas.shared import HealthSchema, ReadinessSchema, WelcomeSchema

from . import pages
from .bodies import Blueprint
from .context import absolute, services

blp = Blueprint("health", __name__, description="Health and readiness.")


@blp.get("/")
@blp.response(200, WelcomeSchema)
def welcome() -> dict[str, Any] | Response:
    """What answers here; for a browser, the home page."""
    if pages.wants_home():
        return pages.home()
    return {
        "message": "photoai API is running",
        "version": __version__,
        "openapi": absolute("/openapi.json"),
    }


@blp.get("/healthz")
@blp.response(200, HealthSchema)
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "healthy"}


@blp.get("/readyz")
@blp.response(200, ReadinessSchema)
@blp.alt_response(503, schema=ReadinessSchema)
def ready() -> Response:
    """Every part can work."""
    parts = services().readiness.health()
    response: Response = jsonify(parts)
    response.status_code = 200 if all(parts.values()) else 503
    return response
