"""The booth's door."""

from __future__ import annotations

from flask import Response, g

from photoai.services.clock import utcnow
from photoai.services.ingest import Upload

from .bodies import Blueprint
from .context import config, services
from .delivery import watched
from .files import file_response
from .limits import Guesses, caller_address, throttles
from .links import links_of_photo
from .uploads import form_body, receive_form

blp = Blueprint("ingest", __name__, description="A booth's photo in, the finished photo out.")

TEXT = {"type": "string"}
FORM = form_body("password", file="fileToUpload", password=TEXT, id=TEXT, time=TEXT)


@blp.post("/ingest/<link>")
@blp.doc(requestBody=FORM)
@blp.response(200, {"format": "binary", "type": "string"}, content_type="image/jpeg")
def ingest(link: str) -> Response:
    """Finish a guest's photo and answer with it."""
    limit = config().media_max_file_size_mb * 1_000_000
    guesses = Guesses(throttles().wrong_ingest_passwords, (caller_address(), link[-3:]))
    guesses.check()
    door = services().ingest
    photo = door.answer(
        Upload(
            link=link,
            receive=lambda file: receive_form(file, limit),
            guesses=guesses,
            links=links_of_photo,
            received=utcnow(),
            arrived=g.arrived,
        )
    )
    response = file_response(photo.image, photo.mime, photo.size_bytes)
    response.headers["X-Photoai-Job"] = photo.job_id
    response.headers["X-Photoai-Rung"] = photo.rung
    response.headers["X-Photoai-Pickup"] = links_of_photo(photo.job_id)["pickup_url"]
    return watched(response, lambda whole: door.delivered(photo, whole))
