"""How a merge looks to the clients of the merge service, and the links that are signed for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext

from photoai.errors import LinkExpired, LinkForged
from photoai.models import Job, JobState
from photoai.services.clock import utcnow

from .context import absolute, config, services
from .errors import body_of
from .jobs import end_of

NAME, VERSION = "Склейка видео", "4.0"
DOWNLOAD = "merge download"
STARTING, COMPLETED, ERROR = "starting", "completed", "error"
STAGES = ("downloading", "preparing", "merging")
# Looked up in the translations by these very words.
WORDS = {
    STARTING: "The merge is about to start.",
    "downloading": "The clips are being downloaded.",
    "preparing": "The clips are being prepared.",
    "merging": "The clips are being merged.",
    COMPLETED: "The video is ready.",
    ERROR: "The merge failed.",
}
FACTS = ("width", "height", "fps", "duration_sec", "size_bytes", "clips")


def task_view(job: Job) -> dict[str, Any]:
    """A merge's row, ready for MergeTaskSchema."""
    status, facts, outlook = _status(job), job.result or {}, services().outlooks.of(job)
    done = status == COMPLETED
    error = body_of(end_of(job)) if job.error_code else None
    return {
        "task_id": job.public_id,
        "status": status,
        "progress": round(100 * job.progress, 1),
        "message": error["message"] if error else gettext(WORDS[status]),
        "download_url": signed_link("download", job) if done else None,
        "poster_url": signed_link("poster", job) if done else None,
        "success_flag": int(done),  # the number, as its clients know it
        "cache_hit": bool(facts.get("cache_hit")),
        "eta_sec": outlook.eta_sec,
        "queue_position": outlook.queue_position,
        "mode": facts.get("mode"),
        "result": {name: facts[name] for name in FACTS} if done else None,
        "error": error,
    }


def _status(job: Job) -> str:
    if job.state == JobState.SUCCEEDED:
        return COMPLETED
    if JobState(job.state).ended:
        return ERROR
    return job.stage if job.state == JobState.RUNNING and job.stage in STAGES else STARTING


def signed_link(what: str, job: Job) -> str:
    """A link that works without credentials for as long as the video is kept."""
    ends = (job.finished or job.created) + timedelta(hours=config().result_ttl_hours)
    signature = services().secrets.expiring_token(DOWNLOAD, job.public_id, ends)
    return absolute(f"/server2/videoapi/{what}/{job.public_id}?signature={signature}")


def check_signature(task_id: str, signature: str) -> None:
    """Raises LinkForged, LinkExpired."""
    expires_at = services().secrets.expiry(DOWNLOAD, task_id, signature)
    if expires_at is None:
        raise LinkForged
    if expires_at <= utcnow():
        raise LinkExpired


def download_name(job: Job) -> str:
    return f"video_merge_{job.public_id}.mp4"
