"""A job's result as an answer: the file, a link to it, or the job while it is not finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify

from photoai.models import Job, JobState

from .context import services
from .files import file_name, link_response, part_response, wants_link
from .jobs import end_of


def result_response(
    job: Job, query: Mapping[str, Any], name: str, unfinished: Callable[[], Any]
) -> Response:
    """The finished file, called `name`; 202 with `unfinished()` before the end.

    Raises:
        ResultGone, and what the job failed with.
    """
    if not JobState(job.state).ended:
        response: Response = jsonify(unfinished())
        response.status_code = 202
        return response
    if job.state != JobState.SUCCEEDED:
        raise end_of(job)
    return _link_to(job, name) if wants_link(query) else _bytes_of(job, name)


def _link_to(job: Job, name: str) -> Response:
    link = services().jobs.result_link(job, file_name(name, (job.result or {})["mime"]))
    return link_response(link) if link else _bytes_of(job, name)


def _bytes_of(job: Job, name: str) -> Response:
    facts, file = job.result or {}, services().jobs.result(job)
    # The key holds the attempt, and nothing is ever written twice under one.
    return part_response(
        file, facts["mime"], facts["size_bytes"], tag=job.result_key or "", name=name
    )
