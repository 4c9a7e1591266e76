"""The page of merges: order one, foresee it, watch it, have it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext

from photoai.errors import JobAlreadyEnded, PhotoaiError
from photoai.models import Job, JobState
from photoai.schemas.merge import LONGEST_TRANSITION_SEC, SHORTEST_TRANSITION_SEC
from photoai.services.jobs import NO_WISHES
from photoai.services.merges import MERGE, MOST_CLIPS

from .. import guard
from ..context import base_url, services
from ..jobs import end_of
from ..merge_view import signed_link
from . import merge_form, merge_words
from .forms import refused
from .merge_form import Typed
from .page import Pages, for_members, see_other, shown

blp = Pages("merge_pages")
LAST = 10


@blp.get("/merge")
@for_members
def merge() -> Response:
    task_id = request.args.get("task")
    if not task_id:
        reel_id = request.args.get("reel")
        return _draft(reel_id) if reel_id else _page(merge_form.empty())
    job = services().merges.get(guard.caller(), task_id)
    return _page(merge_form.of_job(job), job=job)


@blp.post("/merge")
@for_members
def start() -> Response:
    typed = merge_form.posted(request.form)
    try:
        order = typed.order()
        if "plan" in request.form:
            return _page(typed, plan=services().merge_plans.foresee(guard.caller(), order))
        job = services().merges.start(guard.caller(), order, NO_WISHES).job
    except PhotoaiError as error:
        return refused(error, _page(typed.refused(error), error=error))
    return see_other(url_for(".merge", task=job.public_id))


@blp.get("/merge/tasks")
@for_members
def last() -> Response:
    """The list of the last merges alone."""
    return shown("_merge_last.html", **_last())


@blp.get("/merge/tasks/<task_id>")
@for_members
def task(task_id: str) -> Response:
    """One merge alone, as it stands."""
    return shown("_merge_task.html", **_task(services().merges.get(guard.caller(), task_id)))


@blp.post("/merge/tasks/<task_id>/cancel")
@for_members
def cancel(task_id: str) -> Response:
    with suppress(JobAlreadyEnded):  # then its page says how
        services().merges.cancel(guard.caller(), task_id)
    return see_other(url_for(".merge", task=task_id))


def _draft(reel_id: str) -> Response:
    """The form as a shooting list: by the script of an analysis, or one of its variants."""
    _, kept = services().reels.finished(guard.caller(), reel_id)
    analysis, facts = kept.analysis or {}, kept.facts or {}
    scripts = [analysis["script"], *(each["script"] for each in analysis.get("variants") or ())]
    number = request.args.get("script", 0, type=int)
    script = scripts[number] if 0 <= number < len(scripts) else scripts[0]
    typed = merge_form.of_script(script, is_upright=facts["height"] > facts["width"])
    return _page(typed, draft_of=analysis["file_name"], steps=len(script))


def _page(
    typed: Typed,
    *,
    job: Job | None = None,
    plan: dict[str, Any] | None = None,
    error: PhotoaiError | None = None,
    **more: Any,
) -> Response:
    allowed = services().accounts.plan_of(guard.caller())
    facts: dict[str, Any] = {
        "typed": typed, "plan": plan, "job": job, "words": merge_words, "most_clips": MOST_CLIPS,
        "refusal": merge_form.says(error) if error else None,
        "problems": merge_form.says_of_settings(error) if error else {},
        "allowed": allowed, "clip_max_mb": allowed.clip_max_mb,
        "shortest_sec": SHORTEST_TRANSITION_SEC, "longest_sec": LONGEST_TRANSITION_SEC,
    }  # fmt: skip
    return shown("merge.html", **facts | more | _last() | (_task(job) if job else {}))


def _last() -> dict[str, Any]:
    found = services().jobs.page(guard.caller(), page_size=LAST, kind=MERGE)
    links = {job.public_id: _link("download", job) for job in found.jobs if _is_there(job)}
    used = services().accounts.profile(guard.caller()).usage
    return {"last": found.jobs, "links": links, "used": used, "words": merge_words}


def _task(job: Job) -> dict[str, Any]:
    """What the card of a merge shows."""
    ended = JobState(job.state).ended
    facts: dict[str, Any] = {
        "job": job, "ended": ended, "outlook": services().outlooks.of(job), "words": merge_words,
        "sources": merge_form.of_job(job).rows[: len(job.params.get("sources", ()))],
        "video": None, "failure": None, "wrong_clip": None,
    }  # fmt: skip
    if _is_there(job):
        facts |= {"video": _link("download", job), "poster": _link("poster", job)}
    elif ended and job.error_code:
        failure = end_of(job)
        index = failure.details.get("clip_index")
        facts |= {
            "failure": gettext(failure.message),
            "wrong_clip": None if index is None else index + 1,
        }
    return facts


def _is_there(job: Job) -> bool:
    return job.state == JobState.SUCCEEDED and job.result_key is not None


def _link(what: str, job: Job) -> str:
    """A signed link by the host the visitor came to: the page's policy allows no other."""
    return request.script_root + signed_link(what, job).removeprefix(base_url())
