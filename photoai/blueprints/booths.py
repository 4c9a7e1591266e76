"""What differs between booths: how they are answered, and how they pass on a guest's answers.

DSLR Remote Pro takes the finished photo as the body. Breeze Booth for iPad wants a multipart answer
of facts in JSON and the image (help.breezesoftware.com, "Breeze Booth: Post-Processing"). Names of
the parts are not documented; a reader may go by them or by the parts' types. Either prints its own
original after any status but 200, so a refusal is the same JSON for both.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from itertools import chain
from urllib.parse import parse_qsl, quote_from_bytes

from flask import Response, request

from photoai.services.ingest import FinishedPhoto
from photoai.services.slots import IMAGE, MULTIPART

from .files import file_name, file_response
from .links import links_of_photo

FACTS, PICTURE = "json", "image"  # the parts' names
# Windows programs in Russia may write a link in the system's own code page.
ENCODINGS = ("utf-8", "cp1251")
ASCII = bytes(range(0x21, 0x7F))
# The second shape, for the description of the call.
AS_PARTS = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": [FACTS, PICTURE],
            "properties": {
                FACTS: {
                    "type": "object",
                    "description": "status, job_id, rung, mime, width, height, size_bytes",
                },
                PICTURE: {"type": "string", "format": "binary"},
            },
        }
    }
}


def answer_to(photo: FinishedPhoto) -> Response:
    """The finished photo in the shape of its slot's client profile."""
    response = SHAPES[photo.profile](photo)
    response.headers["X-Photoai-Job"] = photo.job_id
    response.headers["X-Photoai-Rung"] = photo.rung
    response.headers["X-Photoai-Pickup"] = links_of_photo(photo.job_id)["pickup_url"]
    return response


def survey_in_link() -> list[tuple[str, str]]:
    """The parameters of the request's link, in their order."""
    query = quote_from_bytes(request.query_string, safe=ASCII)
    for encoding in ENCODINGS:
        try:
            return parse_qsl(query, keep_blank_values=True, encoding=encoding, errors="strict")
        except UnicodeDecodeError:
            continue
    return []


def _as_image(photo: FinishedPhoto) -> Response:
    return file_response(photo.image, photo.mime, photo.size_bytes)


def _as_parts(photo: FinishedPhoto) -> Response:
    """RFC 7578: the facts, then the image; its length is known before its first byte."""
    boundary = f"photoai-{secrets.token_hex(16)}"
    before = _part(boundary, FACTS, "application/json; charset=utf-8") + _facts(photo)
    before += b"\r\n" + _part(boundary, PICTURE, photo.mime, file_name("photo", photo.mime))
    behind = f"\r\n--{boundary}--\r\n".encode()
    response = file_response(photo.image, photo.mime, photo.size_bytes)
    response.response = chain([before], response.iter_encoded(), [behind])
    response.headers["Content-Type"] = f'multipart/form-data; boundary="{boundary}"'
    response.headers["Content-Length"] = str(len(before) + photo.size_bytes + len(behind))
    del response.headers["Content-Disposition"]
    return response


def _facts(photo: FinishedPhoto) -> bytes:
    facts = {
        "status": "ok",
        "job_id": photo.job_id,
        "rung": photo.rung,
        "mime": photo.mime,
        "width": photo.width,
        "height": photo.height,
        "size_bytes": photo.size_bytes,
    }
    return json.dumps(facts).encode()


def _part(boundary: str, name: str, mime: str, file: str = "") -> bytes:
    named = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    head = f"--{boundary}\r\nContent-Disposition: {named}\r\nContent-Type: {mime}\r\n\r\n"
    return head.encode()


SHAPES: dict[str, Callable[[FinishedPhoto], Response]] = {IMAGE: _as_image, MULTIPART: _as_parts}
