"""One task in the Studio, as far as it is; and the last ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from flask import request
from flask_babel import gettext

from photoai.errors import FileUnknown, ResultGone
from photoai.models import Job, JobState, UserFile
from photoai.services.edits import EditOrder

from .. import guard
from ..context import base_url, services
from ..jobs import end_of
from ..task_view import task_shown
from . import studio_typed, studio_words
from .studio_files import content, copied
from .studio_typed import Typed

LAST = 8
LONGEST_FACTS = 1_000_000
# What changes where in the film a moment is, so that there is no before to be seen beside.
ELSEWHERE = frozenset({"join", "thumbnail", "probe"})


def facts_of_task(job: Job) -> dict[str, Any]:
    """What the card of a task shows."""
    ended = JobState(job.state).ended
    typed, made = studio_typed.of_job(job), _made(job)
    failure = end_of(job) if ended and job.error_code and not made else None
    return {
        "job": job, "ended": ended, "outlook": services().outlooks.of(job), "made": made,
        "failure": gettext(failure.message) if failure else None,
        "stages": studio_words.STAGES, "words": studio_words, "titles": _titles(),
        "sources": _sources(typed), "before": _before(job) if made else None,
        "found": _found(job) if job.kind == "probe" and made else [],
        "has_measured": "loudness" in (job.result or {}),
    }  # fmt: skip


def facts_of_last() -> dict[str, Any]:
    """What the list of the last tasks shows."""
    caller = guard.caller()
    jobs = services().edits.page(caller, page_size=LAST).jobs
    links = {job.public_id: made["url"] for job in jobs if (made := _made(job))}
    used = services().accounts.profile(caller).usage
    return {
        "last": jobs, "titles": _titles(), "links": links, "used": used, "words": studio_words,
    }  # fmt: skip


def kept_result(job: Job) -> UserFile:
    """A task's result as a file of its owner's.

    Raises:
        ResultGone, StorageQuotaUsedUp, and whatever a file is refused for.
    """
    name = f"{_titles()[job.kind]} {job.created:%d.%m %H-%M}"
    file_name = f"{name}.{str((_made(job) or {}).get('name', '.bin')).rpartition('.')[2]}"
    with services().jobs.result(job) as stored:
        return services().files.take(
            guard.caller(), lambda data, most: copied(stored, data, most, file_name)
        )


def _titles() -> dict[str, str]:
    return {kind: str(each["title"]) for kind, each in studio_typed.schemas().items()}


def _made(job: Job) -> dict[str, Any] | None:
    """What it has made, by links of the host the visitor came to: the page's policy allows no
    other."""
    outputs = task_shown(job)["output_files"]
    if not outputs:
        return None
    paths = {
        name: outputs[0][name] and request.script_root + outputs[0][name].removeprefix(base_url())
        for name in ("url", "poster_url")
    }
    return {**outputs[0], **paths}


def _sources(typed: Typed) -> list[tuple[str, str]]:
    """Each file it was ordered with: the place's title, and the name."""
    schemas = studio_typed.schemas()
    return [
        (place["title"], file.name)
        for step in typed.steps
        for place, ids in zip(
            schemas[step.type]["inputs"][-len(step.places) :] if step.places else [],
            step.files, strict=False,
        )
        for file_id in ids
        if file_id and (file := _file(file_id)) is not None
    ]  # fmt: skip


def _before(job: Job) -> dict[str, Any] | None:
    """The video it began with, and the moment of it that the result begins with; None where
    nothing can be seen beside."""
    operations = EditOrder.from_json(job.kind, job.params).operations
    if any(each.type in ELSEWHERE for each in operations) or not operations[0].input_files:
        return None
    file = _file(operations[0].input_files[0])
    if file is None or file.kind != "video":
        return None
    starts = [each.config.get("start_sec", 0) for each in operations if each.type == "trim"]
    return {"url": content(file.id), "from_sec": sum(starts)}


def _file(file_id: str) -> UserFile | None:
    with suppress(FileUnknown):
        return services().files.get(guard.caller(), file_id)
    return None


def _found(job: Job) -> list[tuple[str, str]]:
    """What a look into a file found, a line each."""
    with suppress(ResultGone, ValueError), services().jobs.result(job) as file:
        return [*_lines(json.loads(file.read(LONGEST_FACTS)))]
    return []


def _lines(facts: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(facts, Mapping):
        for name, each in facts.items():
            yield from _lines(each, f"{path}.{name}" if path else str(name))
    elif facts not in (None, "") and not isinstance(facts, list):
        yield path, str(facts)
