"""Files that come in parts, each by a request of its own."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from photoai.models import Upload
from photoai.schemas.files import FileSchema, file_view
from photoai.schemas.uploads import (
    UploadListSchema,
    UploadSchema,
    part_in,
    upload_view,
)

from .bodies import Blueprint
from .context import base_url, services
from .guard import caller, signed_in
from .uploads import receive_part

blp = Blueprint(
    "file_uploads",
    __name__,
    url_prefix="/api/v1/files",
    description="One's own files, sent in parts.",
)
UPLOAD_ID = "Upload-Id"
BYTES = {"schema": {"type": "string", "format": "binary"}}
FILE_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
}
BODY = {
    "required": True,
    "content": {"application/octet-stream": BYTES, "multipart/form-data": {"schema": FILE_FORM}},
}


def header(name: str, description: str, **more: Any) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"in": "header", "name": name, "schema": schema, "description": description, **more}


OF_A_PART = [
    header("Content-Range", "Which bytes these are, and of how many (RFC 9110, 14.4)."),
    header("Repr-Digest", "The SHA-256 of the whole file (RFC 9530)."),
]
OF_A_FIRST_PART = [
    *OF_A_PART,
    header(UPLOAD_ID, "The upload a later part belongs to."),
    header("X-File-Name", "The file's name, percent-encoded, where the body is the file itself."),
    {
        "in": "query",
        "name": "name",
        "schema": {"type": "string"},
        "description": "The same, for who would rather write it here.",
    },
]


@blp.put("")
@signed_in
@blp.doc(requestBody=BODY, parameters=OF_A_FIRST_PART)
@blp.response(201, FileSchema)
@blp.alt_response(202, schema=UploadSchema, description="There is more to come.")
def put() -> Any:
    """Keep a part of a file."""
    return part_taken(request.headers.get(UPLOAD_ID))


@blp.route("/uploads/<upload_id>", methods=["PUT", "POST"])
@signed_in
@blp.doc(requestBody=BODY, parameters=OF_A_PART)
@blp.response(201, FileSchema)
@blp.alt_response(202, schema=UploadSchema, description="There is more to come.")
def put_part(upload_id: str) -> Any:
    """Keep another part of a file."""
    return part_taken(upload_id)


@blp.get("/uploads")
@signed_in
@blp.response(200, UploadListSchema)
def uploads() -> dict[str, Any]:
    """The caller's own uploads that wait for more, newest first."""
    found = services().uploads.open_ones(caller())
    return {"data": [upload_view(each, base_url()) for each in found]}


@blp.get("/uploads/<upload_id>")
@signed_in
@blp.response(200, UploadSchema)
def upload(upload_id: str) -> Response:
    """How far an upload is."""
    return _shown(services().uploads.get(caller(), upload_id), 200)


@blp.delete("/uploads/<upload_id>")
@signed_in
@blp.response(204)
def give_up(upload_id: str) -> None:
    """Give up an upload; what has come of it is deleted."""
    services().uploads.give_up(caller(), upload_id)


def part_taken(upload_id: str | None) -> Any:
    """The file, when this was its last part, else how far its upload is."""
    part = part_in(request.headers, request.args)
    upload = services().uploads.take(caller(), upload_id, part, receive_part)
    if upload.file_id is None:
        return _shown(upload, 202)
    return file_view(services().files.get(caller(), upload.file_id), base_url())


def _shown(upload: Upload, status: int) -> Response:
    view = upload_view(upload, base_url())
    response = jsonify(UploadSchema().dump(view))
    response.status_code = status
    response.headers["Location"] = view["links"]["self_"]
    response.headers["Range"] = f"bytes=0-{upload.received_bytes - 1}"
    response.headers["Cache-Control"] = "no-store"
    return response
