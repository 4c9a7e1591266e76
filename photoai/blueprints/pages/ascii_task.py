"""One conversion to ASCII, as far as it is; and the last ones."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

from flask import request
from flask_babel import gettext

from photoai.errors import ArtifactUnknown, FileUnknown, ResultGone
from photoai.models import Job, JobState, UserFile
from photoai.services.conversions import ASCII, GIF, MP4, PNG, TXT, ConversionOrder, frame_name

from .. import guard
from ..ascii_view import conversion_shown
from ..context import services
from ..jobs import end_of
from . import ascii_words
from .studio_files import content

LAST = 8
LONGEST_TEXT = 100_000
# What of a download is called by which kind of file.
DOWNLOADS = {"video": MP4, "gif": GIF, "txt": TXT, "png": PNG}


def facts_of_task(job: Job) -> dict[str, Any]:
    """What the card of a conversion shows."""
    ended, made, file = JobState(job.state).ended, _made(job), _file(job)
    failure = end_of(job) if ended and job.error_code else None
    before = file is not None and file.kind == "video" and "video" in made
    return {
        "job": job, "ended": ended, "outlook": services().outlooks.of(job), "made": made,
        "said": conversion_shown(job)["message"], "words": ascii_words,
        "failure": gettext(failure.message) if failure else None,
        "file_name": file.name if file else None, "first_text": _first_text(job, made),
        "fps": float(Fraction((job.result or {}).get("fps", 0))),
        "look": ConversionOrder.from_json(job.params).look,
        "before": content(file.id) if file and before else None,
    }  # fmt: skip


def facts_of_last() -> dict[str, Any]:
    """What the list of the last conversions shows."""
    caller = guard.caller()
    jobs = services().jobs.page(caller, page_size=LAST, kind=ASCII).jobs
    looks = {job.public_id: ConversionOrder.from_json(job.params).look for job in jobs}
    names = {job.public_id: file.name for job in jobs if (file := _file(job))}
    links = {job.public_id: made for job in jobs if (made := _made(job))}
    return {"last": jobs, "looks": looks, "names": names, "links": links, "words": ascii_words}


def _made(job: Job) -> dict[str, str]:
    """What can be had, by links of the host the visitor came to."""
    if job.state != JobState.SUCCEEDED or job.result_key is None:
        return {}
    files = (job.result or {})["files"]
    own = f"{request.script_root}/api/v1/download/{job.public_id}"
    made = {name: f"{own}/{name}" for name, kind in DOWNLOADS.items() if kind in files}
    made["folder"] = own
    if {TXT, PNG} <= files.keys():
        made["frames"] = f"{own}/frames"
    if PNG in files:
        made["first"] = f"{own}/{frame_name(0, PNG)}"
    if "poster" in files:
        made["poster"] = f"{own}/poster.jpg"
    return made


def _first_text(job: Job, made: dict[str, str]) -> str:
    """Where nothing else can be looked at."""
    if made.keys() & {"video", "gif", "png"} or "txt" not in made:
        return ""
    with suppress(ArtifactUnknown, ResultGone):
        frame = services().downloads.open(job, frame_name(0, TXT))
        with frame.data as data:
            return data.read(LONGEST_TEXT).decode("utf-8", "replace")
    return ""


def _file(job: Job) -> UserFile | None:
    with suppress(FileUnknown):
        return services().files.get(guard.caller(), job.params.get("file_id") or "")
    return None
