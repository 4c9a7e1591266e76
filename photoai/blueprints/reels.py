"""Videos analysed: send one, see how far it is, have what was found out, in several forms."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_babel import gettext
from marshmallow import ValidationError

from photoai.errors import Invalid
from photoai.models import Job, JobState
from photoai.schemas.edits import TaskOrderSchema
from photoai.schemas.live import LastEventSchema
from photoai.schemas.reels import (
    ReelOrderSchema,
    ReelResultSchema,
    ReelSchema,
    ReelStartedSchema,
    SubtitlesWishSchema,
    TranscriptQuerySchema,
    form_properties,
)
from photoai.schemas.tasks import TaskSchema
from photoai.schemas.wishes import WishFieldsSchema
from photoai.services.ingest import Form
from photoai.services.jobs import Submitted
from photoai.services.live import Wish
from photoai.services.orders import Arrival
from photoai.services.reels import ReelOrder, cues_of, srt

from .bodies import Blueprint
from .context import services
from .guard import bearer, caller, open_to_guests, signed_in
from .jobs import Answer, awaited, preference_applied, started
from .orders import count_guest, received
from .reel_files import picture_response, text_response, video_response
from .reels_access import REELS, of_reel
from .reels_view import page_of, reel_shown, result_of
from .sse import MIME, TEXT, connected, streamed
from .task_view import task_shown
from .uploads import form_body
from .wishes import FORM_PROPERTIES, STARTS_A_JOB, patience_sec, wishes

blp = Blueprint("reels", __name__, url_prefix="/api", description="What makes a video work.")
DONE = "It has ended within `Prefer: wait=N`."
FORM = form_body(file="video", **form_properties(), **FORM_PROPERTIES)
FORM["content"]["multipart/form-data"]["schema"]["required"] = []  # a file_id will do
BINARY = {"format": "binary", "type": "string"}
SRT, MARKDOWN, JSON = "application/x-subrip", "text/markdown", "application/json"


@blp.post("/upload")
@open_to_guests(REELS)
@blp.doc(requestBody=FORM, **STARTS_A_JOB)
@blp.response(202, ReelStartedSchema)
@blp.alt_response(200, schema=ReelSchema, description=DONE)
def upload() -> Answer | Response:
    """Have a video analysed."""
    count_guest()
    return _accepted(services().reels.start(caller(), Arrival(received, order_in)))


@blp.get("/status/<task_id>")
@of_reel
@blp.response(200, ReelSchema)
def status(task_id: str) -> dict[str, Any]:
    """An analysis as it stands, with what is known so far."""
    return reel_shown(services().reels.get(caller(), task_id))


@blp.delete("/status/<task_id>")
@of_reel
@blp.response(202, ReelSchema)
@blp.alt_response(204, description="It had ended: all that was known of the video is deleted.")
def end(task_id: str) -> dict[str, Any] | Response:
    """Cancel an analysis, or delete one that has ended."""
    job = services().reels.end(caller(), task_id)
    return reel_shown(job) if job else Response(status=204)


@blp.post("/status/<task_id>/retry")
@of_reel
@blp.doc(**STARTS_A_JOB)
@blp.arguments(WishFieldsSchema, required=False)
@blp.response(202, ReelStartedSchema)
@blp.alt_response(200, schema=ReelSchema, description=DONE)
def retry(_: dict[str, Any], task_id: str) -> Answer | Response:
    """Try a failed or cancelled analysis again; what was measured is not measured again."""
    return _accepted(services().reels.retry(caller(), task_id, wishes()))


@blp.get("/status/<task_id>/events")
@of_reel
@blp.arguments(LastEventSchema, location="headers")
@blp.response(200, TEXT, content_type=MIME)
@blp.alt_response(204, description="The analysis has ended, and its client knows.")
def events(since: int | None, task_id: str) -> Response:
    """An analysis' live events, as of any job: how it stands, what changes, `end`."""
    return streamed(Wish(bearer(), since, task_id, connected()))


@blp.get("/reels/<task_id>.srt")
@of_reel
@blp.arguments(TranscriptQuerySchema, location="query")
@blp.response(200, TEXT, content_type=SRT)
@blp.alt_response(409, description="It is not finished, or nothing is said.")
@blp.alt_response(410, description="It has been deleted.")
def subtitles(query: dict[str, str], task_id: str) -> Response:
    """What is said, as subtitles."""
    _, kept = services().reels.finished(caller(), task_id)
    text = srt(kept.analysis or {}, kept.facts or {}, query["lang"])
    return text_response(text, SRT, kept, f"{query['lang']}.srt")


@blp.get("/reels/<task_id>.md")
@of_reel
@blp.response(200, TEXT, content_type=MARKDOWN)
@blp.alt_response(409, description="It is not finished.")
@blp.alt_response(410, description="It has been deleted.")
def page(task_id: str) -> Response:
    """All of it as a page in Markdown, with headings in the caller's language."""
    _, kept = services().reels.finished(caller(), task_id)
    return text_response(page_of(kept), MARKDOWN, kept, "md")


@blp.get("/reels/<task_id>.json")
@of_reel
@blp.response(200, ReelResultSchema)
@blp.alt_response(409, description="It is not finished.")
@blp.alt_response(410, description="It has been deleted.")
def data(task_id: str) -> Response:
    """All of it as JSON: the `result` of its status."""
    job, kept = services().reels.finished(caller(), task_id)
    return text_response(result_of(job, kept), JSON, kept, "json")


@blp.get("/reels/<task_id>/<picture>.jpg")
@of_reel
@blp.response(200, BINARY, content_type="image/jpeg")
@blp.alt_response(410, description="It has been deleted, or there never was one.")
def picture(task_id: str, picture: str) -> Response:
    """A picture of a shot, or the video's first."""
    return picture_response(services().reels.picture(caller(), task_id, picture), picture)


@blp.get("/reels/<task_id>/video")
@of_reel
@blp.response(200, BINARY, content_type="video/mp4")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(410, description="It is not here any more.")
def video(task_id: str) -> Response:
    """The video itself, to be seen beside its analysis."""
    return video_response(services().reels.video(caller(), task_id))


@blp.post("/reels/<task_id>/subtitles")
@signed_in
@blp.doc(**STARTS_A_JOB)
@blp.arguments(SubtitlesWishSchema, required=False)
@blp.response(202, TaskSchema)
@blp.alt_response(200, schema=TaskSchema, description=DONE)
@blp.alt_response(409, description="It is not finished, or nothing is said.")
@blp.alt_response(410, description="The video is not here any more.")
def burn(wish: dict[str, str], task_id: str) -> Answer:
    """Draw what is said on the video: a task of its own, under /api/v1/tasks."""
    reels = services().reels
    job, kept = reels.finished(caller(), task_id)
    said = [vars(cue) for cue in cues_of(kept.analysis or {}, wish["lang"])]
    cues = [{name: cue[name] for name in ("start_sec", "end_sec", "text")} for cue in said]
    asked = {
        "type": "subtitles",
        "input_files": [reels.file_again(job).id],
        "config": {"cues": cues, "style": wish["style"]},
    }
    order = TaskOrderSchema().load(asked)
    return started(services().edits.start(caller(), order, wishes()), task_shown)


def order_in(form: Form) -> ReelOrder:
    """What the fields of a form ask for. Raises Invalid."""
    try:
        order: ReelOrder = ReelOrderSchema().load(form.fields)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
    return order


def _accepted(submitted: Submitted) -> Answer | Response:
    job = awaited(submitted)
    if JobState(job.state).ended and bool(patience_sec() or submitted.joined):
        response: Response = jsonify(ReelSchema().dump(reel_shown(job)))
        response.headers.update(preference_applied())
        return response
    return _started(job), 202, preference_applied()


def _started(job: Job) -> dict[str, Any]:
    message = gettext("The video has been uploaded and is being analysed")
    return {"success": True, "task_id": job.public_id, "message": message}
