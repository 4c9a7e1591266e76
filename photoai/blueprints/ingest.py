"""The booth's door."""

from __future__ import annotations

from flask import Response, g

from photoai.services.clock import utcnow
from photoai.services.ingest import Upload

from .bodies import Blueprint
from .booths import AS_PARTS, answer_to, survey_in_link
from .context import config, services
from .delivery import watched
from .limits import Guesses, caller_address, throttles
from .links import links_of_photo
from .uploads import form_body, receive_form

blp = Blueprint("ingest", __name__, description="A booth's photo in, the finished photo out.")

TEXT = {"type": "string"}
FORM = form_body("password", file="fileToUpload", password=TEXT, id=TEXT, time=TEXT)


@blp.post("/ingest/<link>")
@blp.doc(requestBody=FORM, responses={200: {"content": AS_PARTS}})
@blp.response(200, {"format": "binary", "type": "string"}, content_type="image/jpeg")
def ingest(link: str) -> Response:
    """Finish a guest's photo and answer with it, or, where the slot's client profile is
    `multipart`, with a form of facts (`json`) and the photo (`image`). Parameters of the link fill
    the placeholders of the slot's prompt."""
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
            answers=survey_in_link(),
        )
    )
    return watched(answer_to(photo), lambda whole: door.delivered(photo, whole))
