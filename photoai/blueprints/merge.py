"""The video merge service, at the addresses its clients know."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response

from photoai.errors import (
    Forbidden,
    JobNotFinished,
    LinkForged,
    MergeUnknown,
    TooManyWrongKeys,
    Unauthorized,
)
from photoai.models import Job, JobState
from photoai.schemas.live import LastEventSchema
from photoai.schemas.merge import (
    DownloadSchema,
    MergeOrderSchema,
    MergePlanSchema,
    MergeTaskSchema,
    VideoApiSchema,
    VideoHealthSchema,
)
from photoai.services.live import Wish
from photoai.services.merges import MergeOrder

from .bodies import Blueprint
from .context import absolute, config, services
from .files import file_response, part_response
from .guard import OR_NONE, bearer, brings_credentials, caller, signed_in
from .jobs import awaited, preference_applied
from .limits import caller_address, throttles
from .merge_view import NAME, VERSION, check_signature, download_name, task_view
from .sse import MIME, TEXT, connected, streamed
from .wishes import STARTS_A_JOB, wishes

blp = Blueprint("merge", __name__, url_prefix="/server2/videoapi", description="Merging videos.")
BINARY = {"format": "binary", "type": "string"}


@blp.get("/")
@blp.response(200, VideoApiSchema)
def about() -> dict[str, Any]:
    """What this is and where to go."""
    paths = {
        "merge": "merge",
        "health": "health",
        "register": "auth/register",
        "login": "auth/login",
    }
    links = {name: absolute(f"{blp.url_prefix}/{path}") for name, path in paths.items()}
    return {"name": NAME, "version": VERSION, "docs": absolute("/openapi.json"), "links": links}


@blp.get("/health")
@blp.response(200, VideoHealthSchema)
def health() -> dict[str, Any]:
    """Whether the service is alive."""
    return {"status": "healthy", "version": VERSION, **services().merges.vitals()}


@blp.post("/merge")
@signed_in
@blp.doc(**STARTS_A_JOB)
@blp.arguments(MergeOrderSchema)
@blp.response(202, MergeTaskSchema)
@blp.alt_response(200, schema=MergeTaskSchema, description="The video is there already.")
def merge(order: MergeOrder) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Merge one to five videos into one."""
    submitted = services().merges.start(caller(), order, wishes())
    job = awaited(submitted)
    return task_view(job), 200 if JobState(job.state).ended else 202, preference_applied()


@blp.post("/merge/plan")
@signed_in
@blp.arguments(MergeOrderSchema)
@blp.response(200, MergePlanSchema)
def plan(order: MergeOrder) -> dict[str, Any]:
    """What a merge would do and how long it would take; nothing is merged."""
    return services().merge_plans.foresee(caller(), order)


@blp.get("/task/<task_id>")
@signed_in
@blp.response(200, MergeTaskSchema)
def task(task_id: str) -> dict[str, Any]:
    """A merge as it stands."""
    return task_view(services().merges.get(caller(), task_id))


@blp.delete("/task/<task_id>")
@signed_in
@blp.response(202, MergeTaskSchema)
def cancel(task_id: str) -> dict[str, Any]:
    """Cancel a merge; what runs is stopped."""
    return task_view(services().merges.cancel(caller(), task_id))


@blp.get("/task/<task_id>/events")
@signed_in
@blp.arguments(LastEventSchema, location="headers")
@blp.response(200, TEXT, content_type=MIME)
@blp.alt_response(204, description="The merge has ended, and its client knows.")
def events(since: int | None, task_id: str) -> Response:
    """A merge's live events: how it stands, what changes, `end`."""
    services().merges.get(caller(), task_id)
    return streamed(Wish(bearer(), since, task_id, connected()))


@blp.get("/download/<task_id>")
@blp.doc(security=OR_NONE)
@blp.arguments(DownloadSchema, location="query")
@blp.response(200, BINARY, content_type="video/mp4")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(409, description="It is not finished.")
@blp.alt_response(410, description="It has been deleted.")
def download(signed: dict[str, Any], task_id: str) -> Response:
    """The merged video."""
    job = _finished(task_id, signed["signature"])
    facts, file = job.result or {}, services().jobs.result(job)
    return part_response(
        file, facts["mime"], facts["size_bytes"],
        tag=job.result_key or "", saved_as=download_name(job),
    )  # fmt: skip


@blp.get("/poster/<task_id>")
@blp.doc(security=OR_NONE)
@blp.arguments(DownloadSchema, location="query")
@blp.response(200, BINARY, content_type="image/jpeg")
def poster(signed: dict[str, Any], task_id: str) -> Response:
    """A picture of the merged video."""
    job = _finished(task_id, signed["signature"])
    file = services().merges.poster(job)
    size_bytes = file.seek(0, 2)
    file.seek(0)
    return file_response(file, "image/jpeg", size_bytes, "poster")


def _finished(task_id: str, signature: str | None) -> Job:
    """A finished merge, for who has been given the link to it. Its number alone is enough unless
    DOWNLOADS_REQUIRE_SIGNATURE; then its owner needs no link either."""
    job = _found(task_id, signature)
    if job.state != JobState.SUCCEEDED:
        raise JobNotFinished(details={"status": task_view(job)["status"]})
    return job


def _found(task_id: str, signature: str | None) -> Job:
    if signature is not None:
        check_signature(task_id, signature)
        return services().merges.public(task_id)
    if config().downloads_require_signature:
        if not brings_credentials():
            raise LinkForged
        return _of_owner(task_id)
    return _of_caller(task_id) or _by_number(task_id)


def _of_caller(task_id: str) -> Job | None:
    """A merge of the caller's own: no guess, from whatever address many others may share. Where the
    number is enough, credentials that are worth nothing do no harm."""
    if not brings_credentials():
        return None
    with suppress(Unauthorized, Forbidden, TooManyWrongKeys, MergeUnknown):
        return _of_owner(task_id)
    return None


def _by_number(task_id: str) -> Job:
    """Only here guessing could be of use; who guesses cannot shut out who has a link."""
    misses, address = throttles().missed_downloads, caller_address()
    misses.check(address)
    try:
        return services().merges.public(task_id)
    except MergeUnknown:
        misses.count(address)
        raise


@signed_in
def _of_owner(task_id: str) -> Job:
    return services().merges.get(caller(), task_id)
