"""Links of jobs that work without credentials."""

from __future__ import annotations

from .context import absolute, base_url, services

RESULT = "result"


def links_of_photo(public_id: str) -> dict[str, str]:
    """Where a booth's photo is had when it is finished, by programs and by its guest."""
    pickup = services().pickups.links.url(public_id, base_url())
    return {"result_url": signed_result_link(public_id), "pickup_url": pickup}


def signed_result_link(public_id: str) -> str:
    """A link to a job's result."""
    token = services().secrets.link_token(RESULT, public_id)
    return absolute(f"/api/tasks/{public_id}/result?token={token}")
