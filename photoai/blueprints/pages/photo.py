"""One photo: how it was made, once more as then or as now, and both beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from flask_babel import format_currency, gettext

from photoai.errors import JobUnknown, PhotoaiError
from photoai.models import Job, JobState
from photoai.services.ingest import HEDGED, SECOND
from photoai.services.jobs import REPLAY_OF, Under
from photoai.services.slot_versions import changes

from .. import guard
from ..context import services
from ..jobs import why
from .forms import refused
from .page import Pages, for_operators, see_other, shown
from .setting_words import SaidChange, said_changes

blp = Pages("photo_page")
WITH = "with"


@dataclass(frozen=True)
class Side:
    """A photo as the page shows it: `problem` is why it was not made, in the visitor's words."""

    job: Job
    is_there: bool
    has_ended: bool
    problem: str


@blp.get("/photos/<job_id>")
@for_operators
def photo(job_id: str) -> Response:
    return _page(_of_caller(job_id))


@blp.post("/photos/<job_id>/again")
@for_operators
def again(job_id: str) -> Response:
    """Once more, `settings` saying under which settings."""
    job = _of_caller(job_id)
    under = Under.NOW if request.form.get("settings") == Under.NOW else Under.AS_THEN
    try:
        made = services().replays.start(guard.caller(), job_id, under=under).job
    except PhotoaiError as error:
        return refused(error, _page(job, error))
    return see_other(compared(made))


def compared(job: Job) -> str:
    """The address where a photo stands beside the one it was made again of, or alone."""
    sides: dict[str, Any] = {"job_id": job.public_id}
    if source := job.params.get(REPLAY_OF):
        sides = {"job_id": source, WITH: job.public_id}
    return url_for("photo_page.photo", **sides)


def _of_caller(job_id: str) -> Job:
    job = services().jobs.get(guard.caller(), job_id)
    if not job.is_photo or job.slot_id is None:
        raise JobUnknown
    return job


def _page(job: Job, error: PhotoaiError | None = None) -> Response:
    caller = guard.caller()
    others = services().board.of_same_original(caller, job)
    other = _chosen(job, others)
    return shown(
        "photo.html", refusal=error, slot=services().slots.get(caller, job.slot_id or ""),
        one=_side(job), other=_side(other) if other else None, others=others,
        facts=_facts(job, other), changes=_changes(job, other),
        kept_min=round(services().settings.originals_kept().total_seconds() / 60),
        source=job.params.get(REPLAY_OF),
    )  # fmt: skip


def _chosen(job: Job, others: Any) -> Job | None:
    """What the photo is compared with: what was asked for, else the newest made of it."""
    if wanted := request.args.get(WITH):
        return _of_caller(wanted)
    return next(iter(others), None)


def _side(job: Job) -> Side:
    ended = JobState(job.state).ended
    return Side(job, job.result_key is not None, ended, why(job) if job.error_code else "")


def _facts(one: Job, other: Job | None) -> list[tuple[str, str, str]]:
    """What is known of each of both: a name, and what it is on either side."""
    sides = [_told(one), _told(other) if other else {}]
    names = dict.fromkeys([*sides[0], *sides[1]])
    return [(name, sides[0].get(name, ""), sides[1].get(name, "")) for name in names]


def _told(job: Job) -> dict[str, str]:
    facts: Mapping[str, Any] = job.result or {}
    notes: Mapping[str, Any] = facts.get("notes") or {}
    provider = services().catalogue.providers.get(facts.get("provider") or job.provider or "")
    known = {
        gettext("Provider"): gettext(provider.title) if provider else job.provider or "",
        gettext("Model"): facts.get("model") or "",
        gettext("Model version"): facts.get("model_version") or "",
        gettext("Rung"): _rung(str(facts.get("rung") or "")),
        gettext("Seed"): facts.get("seed", ""),
        gettext("Price"): format_currency(facts["cost"], "USD") if facts.get("cost") else "",
        gettext("Seconds"): _seconds(job),
        gettext("After a refusal"): (
            gettext("with the milder wording") if "softened" in notes else ""
        ),
        gettext("Second call"): _second_call(notes),
    }
    return {name: str(value) for name, value in known.items() if value != ""}


def _second_call(notes: Mapping[str, Any]) -> str:
    if HEDGED not in notes:
        return ""
    return gettext("was faster") if notes[HEDGED] == SECOND else gettext("was not faster")


def _rung(rung: str) -> str:
    number = rung.partition(":")[0]
    return gettext("the slot's own") if number == "0" else number


def _seconds(job: Job) -> str:
    if job.started is None or job.finished is None:
        return ""
    return f"{(job.finished - job.started).total_seconds():.1f}"


def _changes(one: Job, other: Job | None) -> list[SaidChange]:
    """What the second was set to otherwise than the first; all of it, where there is but one."""
    then, now = (_set(one), _set(other)) if other else ({}, _set(one))
    return said_changes(changes(then, now), now)


def _set(job: Job) -> dict[str, Any]:
    """What the photo was to be made with, as a slot's version has it; when it takes over is a
    matter of its booth's patience."""
    own, *above = job.params.get("ladder") or [{}]
    return {
        "provider_id": own.get("provider") or job.provider,
        "operation_id": job.params.get("operation"),
        "settings_json": job.params.get("settings") or {},
        "ladder": [
            {
                "provider_id": each["provider"],
                "operation_id": each["operation"],
                "settings_json": each["settings"],
            }
            for each in above
        ],
    }
