"""Jobs in answers: how they look, and how long a caller wishes to wait for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import g

from photoai.errors import PhotoaiError, error_named
from photoai.models import Job, JobState
from photoai.schemas.jobs import job_view
from photoai.services.jobs import Outlook, Submitted, job_links

from .context import base_url, services
from .errors import body_of
from .guard import caller
from .wishes import patience_sec

Answer = tuple[dict[str, Any], int, dict[str, str]]


def awaited(submitted: Submitted) -> Job:
    """The job as it stands when it has ended, or when the caller's `Prefer: wait=N` is over."""
    if waits := patience_sec():
        deadline = g.arrived + waits
        services().jobs.wait(submitted.job, lambda: min(deadline, services().stop.photo_deadline))
    return services().jobs.get(caller(), submitted.job.public_id)


def preference_applied() -> dict[str, str]:
    """The header that says that the wish to wait was understood."""
    waits = patience_sec()
    return {} if waits is None else {"Preference-Applied": f"wait={waits}"}


def shown(job: Job) -> dict[str, Any]:
    """The job's row with its links, ready for JobSchema."""
    return job_shown(job, services().outlooks.of(job), base_url())


def started(submitted: Submitted, view: Callable[[Job], dict[str, Any]] = shown) -> Answer:
    """202 with a job just accepted; 200 when it has ended within the caller's `Prefer: wait=N`
    (RFC 7240), or long before, for an equal call."""
    job = awaited(submitted)
    done = JobState(job.state).ended and bool(patience_sec() or submitted.joined)
    return view(job), 200 if done else 202, preference_applied()


def all_shown(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    outlooks = services().outlooks.of_all(jobs)
    return [
        job_shown(job, outlook, base_url()) for job, outlook in zip(jobs, outlooks, strict=True)
    ]


def job_shown(job: Job, outlook: Outlook, base: str) -> dict[str, Any]:
    error = body_of(end_of(job)) if job.error_code else None
    view = job_view(job, error, job_links(job, base), outlook)
    return view | services().pickups.links.shown(job, base)


def why(job: Job) -> str:
    """Why a job did not succeed and what may help, in the visitor's language."""
    body = body_of(end_of(job))
    return " ".join([body["message"], *body["details"].get("advice", ())])


def end_of(job: Job) -> PhotoaiError:
    """What a job that did not succeed ended with."""
    return error_named(job.error_code, job.error_text, job.error_details)
