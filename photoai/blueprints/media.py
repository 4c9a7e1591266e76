"""Registered images: references and templates, reachable by link for a while."""

from __future__ import annotations

import re
import tempfile
from typing import Any

from flask import Response

from photoai.errors import Invalid, Sentence
from photoai.models import MediaObject
from photoai.schemas.media import LONGEST_TTL_SEC, ExtendedSchema, ExtensionSchema, MediaSchema
from photoai.schemas.shared import RedirectSchema
from photoai.services.ingest import Form

from .bodies import Blueprint
from .context import absolute, config, services
from .files import file_name, link_response, part_response, wants_link
from .guard import caller, operator_only
from .uploads import form_body, receive_form

blp = Blueprint("media", __name__, description="Temporary public images.")
WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
FORM = form_body(file="file", ttl_sec={"type": "integer", "minimum": 1, "maximum": LONGEST_TTL_SEC})


@blp.post("/api/media/register")
@operator_only
@blp.doc(requestBody=FORM)
@blp.response(201, MediaSchema)
def register() -> dict[str, Any]:
    """Keep an image and get a public link to it."""
    with tempfile.TemporaryFile() as file:
        form = receive_form(file, config().media_max_file_size_mb * 1_000_000)
        form.check_file()
        file.seek(0)
        media = services().media.register(caller(), file, _ttl_sec(form))
    shown = {
        name: getattr(media, name, None) for name in MediaSchema().fields if name != "public_url"
    }
    return shown | {"public_url": absolute(f"/public/media/{media.id}")}


@blp.post("/api/media/extend")
@operator_only
@blp.arguments(ExtensionSchema)
@blp.response(200, ExtendedSchema)
def extend(wanted: dict[str, Any]) -> MediaObject:
    """Let an image and its public link live longer."""
    return services().media.extend(caller(), wanted["id"], wanted["ttl_sec"])


@blp.get("/public/media/<media_id>")
@blp.arguments(RedirectSchema, location="query")
@blp.response(200, {"format": "binary", "type": "string"}, content_type="image/jpeg")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(302, description="Where the storage hands it out; only when asked for.")
def public(query: dict[str, Any], media_id: str) -> Response:
    """The image behind a public link."""
    media, file = services().media.public(media_id)
    name = file_name(media.id, media.mime)
    if wants_link(query) and (link := services().media.link(media, name)):
        file.close()
        return link_response(link)
    return part_response(file, media.mime, media.size_bytes, tag=media.id, name=media.id)


def _ttl_sec(form: Form) -> int | None:
    text = form.fields.get("ttl_sec", "").strip()
    if not text:
        return None
    seconds = int(text) if WHOLE_NUMBER.fullmatch(text) else 0
    if not 1 <= seconds <= LONGEST_TTL_SEC:
        wanted = Sentence("A whole number from 1 to {most}.", most=LONGEST_TTL_SEC)
        raise Invalid(details={"ttl_sec": [wanted]})
    return seconds
