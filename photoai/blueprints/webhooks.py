"""Where providers deliver what they were asked for."""

from __future__ import annotations

from flask import request

from .bodies import Blueprint
from .context import services

blp = Blueprint("webhooks", __name__, description="Deliveries of providers that answer later.")
ANSWER = {"schema": {"type": "object"}, "example": {"id": "req-17", "status": "completed"}}
BODY = {"required": True, "content": {"application/json": ANSWER}}


@blp.post("/api/webhooks/<provider_id>/<token>")
@blp.doc(requestBody=BODY, security=[])
@blp.response(204)
def deliver(provider_id: str, token: str) -> None:
    """Take an answer; the token, of one request alone, is all the permission there is."""
    services().providers.delivered(provider_id, token, request.get_data())
