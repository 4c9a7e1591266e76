"""How analyses look to their clients."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from typing import Any

from flask import json, request
from flask_babel import gettext

from photoai.models import Job, JobState, Reel
from photoai.schemas.reels import ReelResultSchema
from photoai.services.reels import Headings, ReelOrder, markdown

from .context import config, services
from .errors import body_of
from .jobs import end_of

STATE_OF = {
    JobState.QUEUED: "PENDING",
    JobState.RUNNING: "PROGRESS",
    JobState.SUCCEEDED: "SUCCESS",
    JobState.FAILED: "FAILURE",
    JobState.CANCELLED: "FAILURE",
}
# What the model says, in place of which there may be nothing.
SAID: dict[str, Any] = {
    "original": None, "segments": [], "keys": [], "script": [], "variants": [],
    "recommendations": [], "hook": None, "warnings": [], "model": None, "model_version": None,
    "prompt_version": None, "usage": {}, "cost": None, "cache_hit": False, "repairs": 0,
    "timings": {},
}  # fmt: skip
PARTS = ("original", "keys", "script", "recommendations")
MEASURED = (
    "duration_sec", "width", "height", "fps", "has_sound", "cuts", "pace", "loudness", "silence",
    "speech_free", "still", "black",
)  # fmt: skip


def reel_shown(job: Job) -> dict[str, Any]:
    """An analysis' row, ready for ReelSchema."""
    outlook, kept = services().outlooks.of(job), services().reels.known_of(job)
    error = body_of(end_of(job)) if job.error_code else None
    return {
        "state": STATE_OF[JobState(job.state)],
        "progress": _progress(job),
        "status": error["message"] if error else _status(job),
        "stage": job.stage,
        "eta_sec": outlook.eta_sec,
        "queue_position": outlook.queue_position,
        "result": result_shown(job, kept),
        "error": error,
    }


def result_shown(job: Job, kept: Reel | None) -> dict[str, Any] | None:
    """What is known so far, ready for ReelResultSchema; None when nothing is, or nothing more."""
    if kept is None or kept.facts is None:
        return None
    done = job.state == JobState.SUCCEEDED
    said = {**SAID, **(kept.analysis or {})} if done else SAID
    order, own = ReelOrder.from_json(job.params), _own(job)
    file, video = services().reels.file_of(job), services().reels.video_of(job)
    pictured = kept.pictures_key is not None
    lives = timedelta(hours=config().result_ttl_hours)
    return {
        **{name: said[name] for name in SAID},
        "facts": {name: kept.facts[name] for name in MEASURED},
        "shots": _shots(kept.facts, said.get("shots") or [], own if pictured else None),
        "first_frame": f"{own}/{_stem(kept.facts['first_frame'])}.jpg" if pictured else None,
        "missing": [] if done else list(PARTS),
        "target_language": order.target_language,
        "file_id": file.id if file else None,
        "file_name": said.get("file_name") or (video.name if video else ""),
        "video": f"{own}/video" if video else None,
        "exports": _exports(own, said, done),
        "expires_at": job.finished + lives if job.finished else None,
    }


def result_of(job: Job, kept: Reel) -> str:
    """A finished analysis as JSON."""
    shown = ReelResultSchema().dump(result_shown(job, kept))
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def page_of(kept: Reel) -> str:
    """A finished analysis in Markdown."""
    facts: dict[str, Any] = kept.facts or {}
    measured = gettext(
        "%(seconds)s s, %(width)s × %(height)s, shots: %(shots)s, shots a minute: %(pace)s",
        seconds=round(facts["duration_sec"], 1), width=facts["width"], height=facts["height"],
        shots=len(facts["shots"]), pace=round(facts["pace"]["shots_per_minute"], 1),
    )  # fmt: skip
    headings = Headings(
        facts=gettext("Measured"),
        hook=gettext("Hook"),
        transcript=gettext("What is said"),
        translation=gettext("Translation"),
        keys=gettext("Keys to success"),
        script=gettext("Script"),
        shots=gettext("Shots"),
        advice=gettext("Advice"),
        columns=(gettext("Time"), gettext("Picture"), gettext("Text"), gettext("Note")),
    )
    return markdown(kept.analysis or {}, measured, headings)


def _progress(job: Job) -> int:
    """In percent; 0 for what came to nothing, as in seed 001."""
    if job.state == JobState.SUCCEEDED:
        return 100
    return min(99, int(job.progress * 100)) if job.state == JobState.RUNNING else 0


def _status(job: Job) -> str:
    if job.state == JobState.QUEUED:
        return gettext("The task is waiting its turn...")
    if job.state == JobState.RUNNING:
        return gettext("The video is being processed...")
    return gettext("The analysis is ready.")


def _own(job: Job) -> str:
    return f"{request.script_root}/api/reels/{job.public_id}"


def _shots(
    facts: dict[str, Any], said: list[dict[str, Any]], pictures: str | None
) -> list[dict[str, Any]]:
    described = {each["index"]: each["description"] for each in said}
    return [
        {
            "index": shot["index"],
            "start_sec": shot["start_sec"],
            "end_sec": shot["end_sec"],
            "description": described.get(shot["index"]),
            "thumbnail": f"{pictures}/{_stem(shot['picture'])}.jpg" if pictures else None,
        }
        for shot in facts["shots"]
    ]


def _exports(own: str, said: dict[str, Any], done: bool) -> dict[str, str | None]:
    spoken = done and bool(said["segments"])
    return {
        "srt": f"{own}.srt" if spoken else None,
        "srt_translation": f"{own}.srt?lang=translation" if spoken else None,
        "md": f"{own}.md" if done else None,
        "json": f"{own}.json" if done else None,
    }


def _stem(name: str) -> str:
    return PurePath(name).stem
