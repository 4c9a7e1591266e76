"""The page of ASCII videos: see one live, have it made, watch that, have what was made."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

from flask import Response, request, url_for
from werkzeug.datastructures import FileStorage

from photoai.errors import FileMissing, JobAlreadyEnded, PhotoaiError
from photoai.models import Job, UserFile
from photoai.schemas.ascii import form_properties
from photoai.services.ascii import STYLES
from photoai.services.conversions import ASCII
from photoai.services.jobs import Wishes

from .. import guard
from ..context import services
from . import ascii_form, ascii_words
from .ascii_form import FILE, Typed
from .ascii_samples import SAMPLES
from .ascii_task import facts_of_last, facts_of_task
from .forms import once, refused
from .page import Pages, for_members, see_other, shown
from .studio_files import copied, most_bytes

blp = Pages("ascii_pages", large=("order",), most_bytes=most_bytes)


@blp.get("/ascii")
@for_members
def ascii() -> Response:
    task_id = request.args.get("task")
    if task_id:
        job = services().conversions.get(guard.caller(), task_id)
        return _page(ascii_form.of_job(job), job=job)
    return _page(ascii_form.empty(guard.caller(), request.args.get("file")))


@blp.post("/ascii")
@for_members
def order() -> Response:
    """The form, with or without a file of its own."""
    typed = ascii_form.posted(request.form)
    try:
        if (file := _sent(request.files.get("file"))) is not None:
            typed = typed.of(file)
        wanted = typed.order()
        wishes = once("ascii", wanted.as_json())
        file = file or _chosen(typed)
        job = services().conversions.submit(guard.caller(), wanted, file, wishes).job
    except PhotoaiError as error:
        return refused(error, _page(typed, error=error))
    return see_other(url_for(".ascii", task=job.public_id, _anchor="task"))


@blp.get("/ascii/tasks")
@for_members
def last() -> Response:
    """The list of the last conversions alone."""
    return shown("_ascii_last.html", **facts_of_last())


@blp.get("/ascii/tasks/<task_id>")
@for_members
def task(task_id: str) -> Response:
    """One conversion alone, as it stands."""
    job = services().conversions.get(guard.caller(), task_id)
    return shown("_ascii_task.html", **facts_of_task(job))


@blp.post("/ascii/tasks/<task_id>/cancel")
@for_members
def cancel(task_id: str) -> Response:
    with suppress(JobAlreadyEnded):  # then its page says how
        services().conversions.cancel(guard.caller(), task_id)
    return see_other(url_for(".ascii", task=task_id, _anchor="task"))


@blp.post("/ascii/tasks/<task_id>/retry")
@for_members
def retry(task_id: str) -> Response:
    job = services().conversions.get(guard.caller(), task_id)
    try:
        job = services().jobs.retry(guard.caller(), job.public_id, Wishes()).job
    except PhotoaiError as error:
        return refused(error, _page(ascii_form.of_job(job), job=job, error=error))
    return see_other(url_for(".ascii", task=job.public_id, _anchor="task"))


def _sent(sent: FileStorage | None) -> UserFile | None:
    """The file that came with the form, one of the visitor's from now on; None without one.

    Raises whatever a file is refused for.
    """
    if sent is None or not sent.filename:
        return None
    name = sent.filename
    return services().files.take(
        guard.caller(), lambda data, most: copied(sent.stream, data, most, name)
    )


def _chosen(typed: Typed) -> UserFile:
    """Raises FileMissing, FileUnknown."""
    if not typed.values[FILE]:
        raise FileMissing
    return services().files.get(guard.caller(), typed.values[FILE])


def _page(typed: Typed, *, job: Job | None = None, error: PhotoaiError | None = None) -> Response:
    caller = guard.caller()
    facts: dict[str, Any] = {
        "typed": typed, "job": job, "problems": ascii_form.problems_of(error),
        "choices": ascii_form.choices(caller, typed.values[FILE]), "sliders": ascii_form.sliders(),
        "usual": ascii_form.usual(), "rules": form_properties(), "samples": SAMPLES,
        "charsets": STYLES, "words": ascii_words, "nonce": secrets.token_hex(16),
        "file_max_bytes": services().files.max_bytes,
        "allowed": services().accounts.plan_of(caller), "kind": ASCII,
    }  # fmt: skip
    facts |= facts_of_last()
    return shown("ascii.html", **facts | (facts_of_task(job) if job else {}))
