"""The Studio: one's files, and what is made of them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Response, request, url_for

from photoai.errors import JobAlreadyEnded, PhotoaiError
from photoai.models import Job
from photoai.schemas.edits import TYPES
from photoai.services.jobs import Wishes

from .. import guard
from ..context import services
from . import studio_files, studio_typed, studio_words
from .forms import once, refused
from .page import Pages, for_members, see_other, shown
from .studio_problems import problems_of
from .studio_steps import form_shown, prefilled, unplaced
from .studio_task import facts_of_last, facts_of_task, kept_result
from .studio_typed import Typed

blp = Pages("studio_pages")
FIRST_TYPE = "text_overlay"


@blp.get("/studio")
@for_members
def studio() -> Response:
    task_id = request.args.get("task")
    if task_id:
        job = services().edits.get(guard.caller(), task_id)
        return _page(studio_typed.of_job(job), job=job)
    kind = request.args.get("type", "")
    kind = kind if kind in TYPES else FIRST_TYPE
    return _page(prefilled(guard.caller(), kind, request.args.getlist("file")))


@blp.post("/studio")
@for_members
def order() -> Response:
    """The form: with other rows, foreseen, or ordered."""
    typed = studio_typed.posted(request.form)
    if change := request.form.get("change"):
        return _page(typed.changed(change))
    try:
        wanted = typed.order()
        if "plan" in request.form:
            return _page(typed, plan=services().edits.plan(guard.caller(), wanted))
        wishes = once("studio", [wanted.type, wanted.as_json()])
        job = services().edits.start(guard.caller(), wanted, wishes).job
    except PhotoaiError as error:
        return refused(error, _page(typed, error=error))
    return see_other(url_for(".studio", task=job.public_id))


@blp.get("/studio/tasks")
@for_members
def last() -> Response:
    """The list of the last tasks alone."""
    return shown("_studio_last.html", **facts_of_last())


@blp.get("/studio/tasks/<task_id>")
@for_members
def task(task_id: str) -> Response:
    """One task alone, as it stands."""
    return shown(
        "_studio_task.html", **facts_of_task(services().edits.get(guard.caller(), task_id))
    )


@blp.get("/studio/tasks/<task_id>/log")
@for_members
def log(task_id: str) -> Response:
    """What the programs that worked on it have said."""
    job = services().edits.get(guard.caller(), task_id)
    found = services().edits.log(guard.caller(), task_id)
    return shown("studio_log.html", job=job, log=found, words=studio_words)


@blp.post("/studio/tasks/<task_id>/cancel")
@for_members
def cancel(task_id: str) -> Response:
    with suppress(JobAlreadyEnded):  # then its page says how
        services().edits.cancel(guard.caller(), task_id)
    return see_other(url_for(".studio", task=task_id))


@blp.post("/studio/tasks/<task_id>/retry")
@for_members
def retry(task_id: str) -> Response:
    job = services().edits.get(guard.caller(), task_id)
    try:
        job = services().edits.retry(guard.caller(), task_id, Wishes()).job
    except PhotoaiError as error:
        return refused(error, _page(studio_typed.of_job(job), job=job, error=error))
    return see_other(url_for(".studio", task=job.public_id))


@blp.post("/studio/tasks/<task_id>/keep")
@for_members
def keep(task_id: str) -> Response:
    """Put the result among one's files, so that another task can begin with it."""
    job = services().edits.get(guard.caller(), task_id)
    try:
        file = kept_result(job)
    except PhotoaiError as error:
        return refused(error, _page(studio_typed.of_job(job), job=job, error=error))
    return see_other(url_for(".studio", type=job.kind, file=file.id))


def _page(
    typed: Typed,
    *,
    job: Job | None = None,
    plan: Mapping[str, Any] | None = None,
    error: PhotoaiError | None = None,
) -> Response:
    caller = guard.caller()
    problems, form = problems_of(error, typed), form_shown(caller, typed)
    facts: dict[str, Any] = {
        "form": form, "typed": typed, "plan": plan, "problems": problems, "job": job,
        "types": studio_typed.schemas().values(), "nonce": secrets.token_hex(16),
        "unplaced": unplaced(problems, form), "words": studio_words,
        "fonts": services().edits.fonts(caller),
        "allowed": services().accounts.plan_of(caller),
    }  # fmt: skip
    facts |= studio_files.facts_of_list() | facts_of_last()
    return shown("studio.html", **facts | (facts_of_task(job) if job else {}))
