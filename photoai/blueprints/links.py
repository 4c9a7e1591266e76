"""Links of jobs."""

from __future__ import annotations

from .context import absolute, services

RESULT = "result"


def signed_result_link(public_id: str) -> str:
    """A link to a job's result that works without credentials."""
    token = services().secrets.link_token(RESULT, public_id)
    return absolute(f"/api/tasks/{public_id}/result?token={token}")
