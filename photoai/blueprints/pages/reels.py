"""The page of reels: a video in, what makes it work and a new script out."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

from flask import Response, request, url_for

from photoai.errors import FileMissing, JobAlreadyEnded, PhotoaiError
from photoai.models import Job, UserFile
from photoai.schemas.edits.subtitles import STYLES
from photoai.schemas.reels import SubtitlesWishSchema

from .. import guard
from ..context import config, services
from ..reels import burned
from . import reels_form, reels_words
from .forms import once, read, refused
from .page import Pages, for_members, see_other, shown
from .reels_form import FILE, Typed
from .reels_task import facts_of_last, facts_of_task
from .studio_files import FORM_BYTES, copied

LOOK = ("lang", "style")  # of subtitles


def most_bytes() -> int:
    """Of a video."""
    return min(config().reels_max_file_mb, config().upload_max_mb) * 1_000_000


def _most_bytes_of_form() -> int:
    return most_bytes() + FORM_BYTES


blp = Pages("reel_pages", large=("order",), most_bytes=_most_bytes_of_form)


@blp.get("/reels")
@for_members
def reels() -> Response:
    task_id = request.args.get("task")
    if task_id:
        job = services().reels.get(guard.caller(), task_id)
        return _page(reels_form.of_job(job), job=job)
    return _page(reels_form.empty(guard.caller(), request.args.get("file")))


@blp.post("/reels")
@for_members
def order() -> Response:
    """The form, with or without a file of its own."""
    typed = reels_form.posted(request.form)
    try:
        if sent := request.files.get("video"):
            typed = typed.of(_kept(sent))
        wanted = typed.order()
        wishes = once("reels", wanted.as_json())
        file = _chosen(typed)
        job = services().reels.submit(guard.caller(), wanted, file, wishes).job
    except PhotoaiError as error:
        return refused(error, _page(typed, error=error))
    return see_other(url_for(".reels", task=job.public_id, _anchor="task"))


@blp.get("/reels/tasks")
@for_members
def last() -> Response:
    """The list of the last analyses alone."""
    return shown("_reels_last.html", **facts_of_last())


@blp.get("/reels/tasks/<task_id>")
@for_members
def task(task_id: str) -> Response:
    """One analysis alone, as it stands."""
    job = services().reels.get(guard.caller(), task_id)
    return shown("_reels_task.html", **_facts_of(job))


@blp.post("/reels/tasks/<task_id>/cancel")
@for_members
def cancel(task_id: str) -> Response:
    job = services().reels.get(guard.caller(), task_id)
    with suppress(JobAlreadyEnded):  # then its page says how
        services().jobs.cancel(guard.caller(), job.public_id)
    return see_other(url_for(".reels", task=task_id, _anchor="task"))


@blp.post("/reels/tasks/<task_id>/retry")
@for_members
def retry(task_id: str) -> Response:
    job = services().reels.get(guard.caller(), task_id)
    try:
        job = services().reels.retry(guard.caller(), task_id).job
    except PhotoaiError as error:
        return refused(error, _page(reels_form.of_job(job), job=job, error=error))
    return see_other(url_for(".reels", task=job.public_id, _anchor="task"))


@blp.post("/reels/tasks/<task_id>/delete")
@for_members
def delete(task_id: str) -> Response:
    """Of one that goes on only its end is brought about."""
    job = services().reels.end(guard.caller(), task_id)
    return see_other(url_for(".reels", task=job.public_id if job else None))


@blp.post("/reels/tasks/<task_id>/burn")
@for_members
def burn(task_id: str) -> Response:
    """Draw what is said on the video: a task of the Studio."""
    job = services().reels.get(guard.caller(), task_id)
    try:
        given = {name: request.form.get(name, "") for name in LOOK}
        wish = read(SubtitlesWishSchema(only=LOOK), given)
        made = burned(task_id, wish, once(f"burn {task_id}", wish)).job
    except PhotoaiError as error:
        return refused(error, _page(reels_form.of_job(job), job=job, error=error))
    return see_other(url_for("studio_pages.studio", task=made.public_id, _anchor="task"))


def _kept(sent: Any) -> UserFile:
    """The file that came with the form, one of the visitor's from now on.

    Raises whatever a file is refused for.
    """
    return services().files.take(
        guard.caller(), lambda data, most: copied(sent.stream, data, most, sent.filename)
    )


def _chosen(typed: Typed) -> UserFile:
    """Raises FileMissing, FileUnknown."""
    if not typed.values[FILE]:
        raise FileMissing
    return services().files.get(guard.caller(), typed.values[FILE])


def _page(typed: Typed, *, job: Job | None = None, error: PhotoaiError | None = None) -> Response:
    caller = guard.caller()
    facts: dict[str, Any] = {
        "typed": typed, "job": job, "problems": reels_form.problems_of(error),
        "choices": reels_form.choices(caller, typed.values[FILE]), "words": reels_words,
        "languages_offered": reels_words.languages(), "nonce": secrets.token_hex(16),
        "file_max_bytes": most_bytes(), "max_sec": config().reels_max_duration_sec,
        "has_key": services().reels.has_key, "allowed": services().accounts.plan_of(caller),
        "spent_usd": services().reels.budget.spent_today_usd(caller.id),
    }  # fmt: skip
    facts |= facts_of_last()
    return shown("reels.html", **facts | (_facts_of(job) if job else {}))


def _facts_of(job: Job) -> dict[str, Any]:
    return facts_of_task(job) | {"subtitle_styles": STYLES, "nonce": secrets.token_hex(16)}
