"""Live events of everything a caller has."""

from __future__ import annotations

from flask import Response

from photoai.schemas.live import LastEventSchema
from photoai.services.live import Wish

from .bodies import Blueprint
from .guard import bearer, signed_in
from .sse import MIME, TEXT, connected, streamed

blp = Blueprint("events", __name__, url_prefix="/api/events", description="Live events.")


@blp.get("")
@signed_in
@blp.arguments(LastEventSchema, location="headers")
@blp.response(200, TEXT, content_type=MIME)
def events(since: int | None) -> Response:
    """Own jobs and slots, as they change."""
    return streamed(Wish(bearer(), since, connected=connected()))
