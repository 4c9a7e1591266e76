"""Jobs in answers: how they look, and how long a caller wishes to wait for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import g, request
from werkzeug.http import parse_dict_header

from photoai.errors import PhotoaiError, error_named
from photoai.models import Job, JobState
from photoai.schemas.jobs import job_view
from photoai.services.ingest import LONGEST_WAIT_UNDER_DYNO_SEC
from photoai.services.jobs import Outlook

from .context import base_url, config, services
from .errors import body_of
from .guard import caller
from .links import job_links

LONGEST_WAIT_SEC = 50
SECONDS = re.compile(r"[0-9]{1,9}")


def started(job: Job) -> tuple[dict[str, Any], int]:
    """202 with a job just accepted, or 200 when it has ended within the caller's
    `Prefer: wait=N` (RFC 7240)."""
    waits = _patience_sec()
    if waits:
        deadline = g.arrived + waits
        services().jobs.wait(job, lambda: min(deadline, services().stop.photo_deadline))
    job = services().jobs.get(caller(), job.public_id)
    return shown(job), 200 if waits and JobState(job.state).ended else 202


def shown(job: Job) -> dict[str, Any]:
    """The job's row with its links, ready for JobSchema."""
    return job_shown(job, services().outlooks.of(job), base_url())


def all_shown(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    outlooks = services().outlooks.of_all(jobs)
    return [
        job_shown(job, outlook, base_url()) for job, outlook in zip(jobs, outlooks, strict=True)
    ]


def job_shown(job: Job, outlook: Outlook, base: str) -> dict[str, Any]:
    error = body_of(end_of(job)) if job.error_code else None
    return job_view(job, error, job_links(job, base), outlook)


def end_of(job: Job) -> PhotoaiError:
    """What a job that did not succeed ended with."""
    return error_named(job.error_code, job.error_text)


def _patience_sec() -> float:
    """Zero without a wish that can be understood."""
    wishes = parse_dict_header(request.headers.get("Prefer", ""))
    wish = next((wishes[name] for name in wishes if name.lower() == "wait"), None) or ""
    longest = LONGEST_WAIT_UNDER_DYNO_SEC if config().dyno else LONGEST_WAIT_SEC
    return min(int(wish), longest) if SECONDS.fullmatch(wish) else 0
