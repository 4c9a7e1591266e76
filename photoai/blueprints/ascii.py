"""Videos as ASCII: have one converted, see how far it is, download what was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g
from marshmallow import ValidationError

from photoai.errors import Invalid, JobNotFinished
from photoai.models import JobState
from photoai.schemas.ascii import (
    BatchSchema,
    ConversionOrderSchema,
    ConversionSchema,
    defaults_of,
    form_properties,
)
from photoai.schemas.live import LastEventSchema
from photoai.schemas.shared import RedirectSchema
from photoai.services.conversions import MOST_FILES, ConversionOrder
from photoai.services.ingest import Form
from photoai.services.jobs import Wishes
from photoai.services.live import Wish
from photoai.services.orders import Arrival

from .ascii_access import ASCII, of_batch, of_conversion
from .ascii_view import batch_shown, conversion_shown
from .bodies import Blueprint
from .context import config, services
from .files import link_response, part_response, wants_link
from .guard import bearer, caller, open_to_guests
from .jobs import Answer, preference_applied, started
from .orders import count_guest, naming_the_field, received
from .sse import MIME, TEXT, connected, streamed
from .uploads import FormOfFiles, form_body
from .wishes import FORM_PROPERTIES, STARTS_A_JOB, patience_sec, wishes_in

blp = Blueprint("ascii", __name__, url_prefix="/api/v1", description="Videos as ASCII.")
BINARY = {"format": "binary", "type": "string"}
DONE = "It has ended within `Prefer: wait=N`."
FORM = form_body(file="file", **form_properties(), **FORM_PROPERTIES)
FORM["content"]["multipart/form-data"]["schema"]["required"] = []  # a file_id will do
FILES = {"type": "array", "items": BINARY, "minItems": 1, "maxItems": MOST_FILES}
BATCH_FORM = form_body(file="files", **form_properties(), **FORM_PROPERTIES)
BATCH_FORM["content"]["multipart/form-data"]["schema"]["properties"]["files"] = FILES


@blp.post("/convert/video")
@open_to_guests(ASCII)
@blp.doc(requestBody=FORM, **STARTS_A_JOB)
@blp.response(202, ConversionSchema)
@blp.alt_response(200, schema=ConversionSchema, description=DONE)
def convert() -> Answer:
    """Convert a video to ASCII."""
    count_guest()
    submitted = services().conversions.start(caller(), Arrival(received, order_in))
    return started(submitted, conversion_shown)


@blp.post("/convert/batch")
@open_to_guests(ASCII)
@blp.doc(requestBody=BATCH_FORM, **STARTS_A_JOB)
@blp.response(202, BatchSchema)
@blp.alt_response(200, schema=BatchSchema, description="All have ended within `Prefer: wait=N`.")
def convert_batch() -> Answer:
    """Convert several videos with the same settings."""
    count_guest()
    form = _BatchForm(services().files.max_bytes, MOST_FILES)
    batch = services().batches.start(caller(), form)
    if waits := patience_sec():
        deadline = min(g.arrived + waits, services().stop.photo_deadline)
        for job in batch.jobs:
            services().jobs.wait(job, lambda: deadline)
        batch = services().batches.get(caller(), batch.id)
    done = batch.has_ended and bool(waits)
    return batch_shown(batch), 200 if done else 202, preference_applied()


@blp.get("/convert/batch/<batch_id>")
@of_batch
@blp.response(200, BatchSchema)
def batch(batch_id: str) -> dict[str, Any]:
    """How far a batch is."""
    return batch_shown(services().batches.get(caller(), batch_id))


@blp.get("/status/<job_id>")
@of_conversion
@blp.response(200, ConversionSchema)
def status(job_id: str) -> dict[str, Any]:
    """A conversion as it stands."""
    return conversion_shown(services().conversions.get(caller(), job_id))


@blp.delete("/status/<job_id>")
@of_conversion
@blp.response(202, ConversionSchema)
def cancel(job_id: str) -> dict[str, Any]:
    """Cancel a conversion; what runs is stopped."""
    return conversion_shown(services().conversions.cancel(caller(), job_id))


@blp.get("/status/<job_id>/events")
@of_conversion
@blp.arguments(LastEventSchema, location="headers")
@blp.response(200, TEXT, content_type=MIME)
@blp.alt_response(204, description="The conversion has ended, and its client knows.")
def events(since: int | None, job_id: str) -> Response:
    """A conversion's live events, as of any job: how it stands, what changes, `end`."""
    return streamed(Wish(bearer(), since, job_id, connected()))


@blp.get("/download/<job_id>/<name>")
@of_conversion
@blp.arguments(RedirectSchema, location="query")
@blp.response(200, BINARY, content_type="application/octet-stream")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(302, description="Where the storage hands it out; only when asked for.")
@blp.alt_response(409, description="It is not finished.")
@blp.alt_response(410, description="It has been deleted.")
def download(query: dict[str, Any], job_id: str, name: str) -> Response:
    """What was made: `video`, `gif`, `frames`, `txt`, `png`, or a file by its name."""
    job = services().conversions.get(caller(), job_id)
    if job.state != JobState.SUCCEEDED:
        raise JobNotFinished(details={"status": conversion_shown(job)["status"]})
    artifact = services().downloads.open(job, name)
    if wants_link(query) and (link := services().downloads.link(artifact)):
        artifact.data.close()
        return link_response(link)
    return part_response(
        artifact.data, artifact.mime, artifact.size_bytes, tag=artifact.tag, saved_as=artifact.name
    )


def order_in(form: Form) -> ConversionOrder:
    """What the fields of a form ask for.

    Raises:
        Invalid: `details` name the fields.
        CharsetInvalid
    """
    return order_of(form.fields)


def order_of(sent: Mapping[str, Any]) -> ConversionOrder:
    """The same of fields, as text or as JSON has them."""
    try:
        order: ConversionOrder = ConversionOrderSchema().load(
            defaults_of(config()) | {name: value for name, value in sent.items() if value != ""}
        )
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
    return order


class _BatchForm(FormOfFiles):
    def next_file(self) -> str | None:
        with naming_the_field():
            return super().next_file()

    def order(self) -> ConversionOrder:
        return order_of(self.fields)

    def wishes(self, digests: Sequence[str]) -> Wishes:
        return wishes_in(Form(self.fields, len(digests), 0, " ".join(digests)))
