"""How conversions look to their clients."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

from flask import request
from flask_babel import gettext

from photoai.models import Job, JobState
from photoai.services.clock import utcnow
from photoai.services.conversions import GIF, MP4, PNG, POSTER, TXT, Batch, frame_name
from photoai.services.jobs import Outlook

from .context import config, services
from .errors import body_of
from .jobs import end_of

QUEUED, PROCESSING, COMPLETED, FAILED = "queued", "processing", "completed", "failed"
STATUS_OF = {
    JobState.QUEUED: QUEUED,
    JobState.RUNNING: PROCESSING,
    JobState.SUCCEEDED: COMPLETED,
    JobState.FAILED: FAILED,
    JobState.CANCELLED: FAILED,
}
# Looked up in the translations by these very words.
WAITS, BEGINS, GOES_ON = "It waits for its turn.", "It is about to begin.", "It is being drawn."
DONE = "{done} of {total} frames done."
# Names of frames that are written out one by one.
LISTED = 1000
FACTS = ("width", "height", "columns", "rows", "has_sound")


def conversion_shown(job: Job) -> dict[str, Any]:
    """A conversion's row, ready for ConversionSchema."""
    return _shown(job, services().outlooks.of(job))


def _shown(job: Job, outlook: Outlook) -> dict[str, Any]:
    error = body_of(end_of(job)) if job.error_code else None
    done = job.state == JobState.SUCCEEDED
    return {
        "job_id": job.public_id,
        "status": STATUS_OF[JobState(job.state)],
        "progress": round(job.progress, 4),
        "message": error["message"] if error else _message(job),
        "eta_seconds": outlook.eta_sec,
        "queue_position": outlook.queue_position,
        "processing_time_seconds": _spent_sec(job),
        "result": _result(job) if done else None,
        "error": error,
    }


def batch_shown(batch: Batch) -> dict[str, Any]:
    """A batch, ready for BatchSchema."""
    ended = [JobState(job.state).ended for job in batch.jobs]
    return {
        "batch_id": batch.id,
        "job_ids": [job.public_id for job in batch.jobs],
        "status": _status_of(batch),
        "total": batch.total,
        "completed": batch.completed,
        "failed": sum(ended) - batch.completed + len(batch.rejected),
        "progress": round(_progress(batch), 4),
        "rejected": [
            {"index": each.index, "name": each.name, "error": body_of(each.error)}
            for each in batch.rejected
        ],
    }


def _status_of(batch: Batch) -> str:
    if batch.has_ended:
        return COMPLETED if batch.completed else FAILED
    waiting = all(job.state == JobState.QUEUED for job in batch.jobs)
    return QUEUED if waiting else PROCESSING


def _progress(batch: Batch) -> float:
    """Of the files that are converted; what has failed is over too."""
    parts = [1.0 if JobState(job.state).ended else job.progress for job in batch.jobs]
    return sum(parts) / len(parts) if parts else 1.0


def _message(job: Job) -> str:
    if job.state == JobState.QUEUED:
        return gettext(WAITS)
    total = (job.result or {}).get("frames") or job.params.get("frames")
    if total is None:
        return gettext(GOES_ON if job.progress else BEGINS)
    return gettext(DONE).format(done=round(job.progress * total), total=total)


def _spent_sec(job: Job) -> float | None:
    if job.started is None or job.state == JobState.QUEUED:
        return None
    return round(((job.finished or utcnow()) - job.started).total_seconds(), 3)


def _result(job: Job) -> dict[str, Any]:
    facts: dict[str, Any] = job.result or {}
    lives = timedelta(hours=config().ascii_ttl_hours)
    files = facts["files"]
    own = f"{request.script_root}/api/v1/download/{job.public_id}"

    def path(kind: str, name: str) -> str | None:
        return f"{own}/{name}" if kind in files else None

    mp4 = path(MP4, "video.mp4")
    artifacts = {
        "mp4": mp4,
        "gif": path(GIF, "video.gif"),
        "txt_files": _listed(own, TXT, facts),
        "png_files": _listed(own, PNG, facts),
        "truncated": bool({TXT, PNG} & files.keys()) and facts["frames"] > LISTED,
        "txt_pattern": path(TXT, "frame_%06d.txt"),
        "png_pattern": path(PNG, "frame_%06d.png"),
        "frames_zip": f"{own}/frames" if {TXT, PNG} & files.keys() else None,
        "poster": path(POSTER, "poster.jpg"),
        "left_out": sorted(facts.get("left_out", ())),
    }
    return {
        "mp4_path": mp4,
        "frames_count": facts["frames"],
        "duration_seconds": facts["duration_sec"],
        "fps": round(float(Fraction(facts["fps"])), 3),
        **{name: facts[name] for name in FACTS},
        "artifacts": artifacts,
        "expires_at": (job.finished or job.created) + lives,
    }


def _listed(own: str, kind: str, facts: dict[str, Any]) -> list[str]:
    if kind not in facts["files"]:
        return []
    return [f"{own}/{frame_name(each, kind)}" for each in range(min(facts["frames"], LISTED))]
