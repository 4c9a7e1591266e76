"""Files people keep here: sent once, used by many of their jobs, lent by links."""

from __future__ import annotations

from typing import Any

from flask import Response

from photoai.models import UserFile
from photoai.schemas.files import (
    FileContentSchema,
    FileFilter,
    FileFilterSchema,
    FileLinkOrderSchema,
    FileLinkSchema,
    FileListSchema,
    FileSchema,
    FileUsageSchema,
    file_view,
)
from photoai.services.files import Usage

from .bodies import Blueprint
from .context import absolute, base_url, services
from .files import link_response, part_response, plain_name, wants_link
from .guard import OR_NONE, caller, signed_in
from .uploads import form_body, receive_large_form

blp = Blueprint(
    "user_files",
    __name__,
    url_prefix="/api/v1/files",
    description="One's own clips, sounds, pictures and subtitles.",
)
FORM = form_body(file="file")


@blp.post("")
@signed_in
@blp.doc(requestBody=FORM)
@blp.response(201, FileSchema)
def upload() -> dict[str, Any]:
    """Keep a file."""
    return _shown(services().files.take(caller(), receive_large_form))


@blp.get("")
@signed_in
@blp.arguments(FileFilterSchema, location="query")
@blp.response(200, FileListSchema)
def files(wanted: FileFilter) -> dict[str, Any]:
    """The caller's own files, newest first."""
    found = services().files.page(
        caller(), kind=wanted.kind, page=wanted.page, page_size=wanted.page_size
    )
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": [_shown(file) for file in found.files], "meta": meta}


@blp.get("/usage")
@signed_in
@blp.response(200, FileUsageSchema)
def usage() -> Usage:
    """How much of the plan's room the caller's files take."""
    return services().files.usage(caller())


@blp.get("/<file_id>")
@signed_in
@blp.response(200, FileSchema)
def file(file_id: str) -> dict[str, Any]:
    """One file, and what was found inside."""
    return _shown(services().files.get(caller(), file_id))


@blp.delete("/<file_id>")
@signed_in
@blp.response(204)
def delete(file_id: str) -> None:
    """Delete a file: it and its links are dead at once, its bytes go a day later."""
    services().files.delete(caller(), file_id)


@blp.post("/<file_id>/link")
@signed_in
@blp.arguments(FileLinkOrderSchema)
@blp.response(200, FileLinkSchema)
def link(order: dict[str, Any], file_id: str) -> dict[str, Any]:
    """A link that gives the file to anybody for a while."""
    loan = services().files.lend(caller(), file_id, order["ttl_sec"])
    url = absolute(f"/api/v1/files/{file_id}/content?token={loan.token}")
    return {"url": url, "expires_at": loan.expires_at}


@blp.get("/<file_id>/content")
@blp.doc(security=OR_NONE)
@blp.arguments(FileContentSchema, location="query")
@blp.response(200, {"format": "binary", "type": "string"}, content_type="application/octet-stream")
@blp.alt_response(206, description="The range of bytes asked for.")
@blp.alt_response(302, description="Where the storage hands it out; only when asked for.")
def content(query: dict[str, Any], file_id: str) -> Response:
    """The file itself, for its owner or by a link."""
    token = query["token"]
    wanted = services().files.lent(file_id, token) if token else _of_owner(file_id)
    if wants_link(query) and (
        url := services().files.storage_link(wanted, plain_name(wanted.name))
    ):
        return link_response(url)
    data = services().files.content(wanted)
    return part_response(data, wanted.mime, wanted.size_bytes, tag=wanted.id, saved_as=wanted.name)


@signed_in
def _of_owner(file_id: str) -> UserFile:
    return services().files.get(caller(), file_id)


def _shown(file: UserFile) -> dict[str, Any]:
    return file_view(file, base_url())
