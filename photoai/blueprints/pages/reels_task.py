"""One analysis, as far as it is; and the last ones."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from photoai.models import Job, JobState
from photoai.services.reels import REELS

from .. import guard
from ..context import services
from ..jobs import end_of
from ..reels_view import result_shown
from . import reels_words
from .reels_line import line_of

LAST = 8


def facts_of_task(job: Job) -> dict[str, Any]:
    """What the card of an analysis shows; `reel` is what is known of it so far, as the API shows
    it, None when nothing is."""
    ended = JobState(job.state).ended
    reel = result_shown(job, services().reels.known_of(job))
    failure = end_of(job) if ended and job.error_code else None
    return {
        "job": job, "ended": ended, "outlook": services().outlooks.of(job), "reel": reel,
        "failure": gettext(failure.message) if failure else None,
        "needs_key": failure is not None and failure.code == "provider_not_configured",
        "words": reels_words, "line": line_of(reel["facts"]) if reel else None,
        "scripts": _scripts(reel) if reel else [], "advice": _advice(reel) if reel else {},
    }  # fmt: skip


def facts_of_last() -> dict[str, Any]:
    """What the list of the last analyses shows."""
    reels = services().reels
    found = services().jobs.page(guard.caller(), page_size=LAST, kind=REELS).jobs
    kept = {job.public_id: reels.known_of(job) for job in found}
    jobs = [job for job in found if (reel := kept[job.public_id]) is None or not reel.deleted_at]
    names = {job.public_id: file.name for job in jobs if (file := reels.video_of(job))}
    return {"last": jobs, "names": names, "words": reels_words}


def _scripts(reel: dict[str, Any]) -> list[dict[str, Any]]:
    """The script and its variants, each with a title."""
    if not reel["script"]:
        return []
    first = {"title": gettext("Script"), "script": reel["script"]}
    return [first, *reel["variants"]]


def _advice(reel: dict[str, Any]) -> dict[str, list[str]]:
    """By category, in the order in which they are told."""
    told: dict[str, list[str]] = {}
    for each in reel["recommendations"]:
        told.setdefault(each["category"], []).append(each["text"])
    return told
