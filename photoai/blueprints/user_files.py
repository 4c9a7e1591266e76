"""Files people keep here: sent once, used by many of their jobs, lent by links."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from photoai.models import UserFile
from photoai.schemas.files import (
    FileContentSchema,
    FileFilterSchema,
    FileLinkOrderSchema,
    FileLinkSchema,
    FileListSchema,
    FileSchema,
    FileUsageSchema,
    file_view,
    usage_view,
)
from photoai.schemas.uploads import UploadSchema
from photoai.services.files import FileQuery

from .bodies import Blueprint
from .context import absolute, base_url, services
from .file_uploads import BODY, OF_A_FIRST_PART, UPLOAD_ID, part_taken
from .files import link_response, part_response, plain_name, wants_link
from .guard import OR_NONE, caller, signed_in
from .uploads import receive_large_form

blp = Blueprint(
    "user_files",
    __name__,
    url_prefix="/api/v1/files",
    description="One's own clips, sounds, pictures and subtitles.",
)


@blp.post("")
@signed_in
@blp.doc(requestBody=BODY, parameters=OF_A_FIRST_PART)
@blp.response(201, FileSchema)
@blp.alt_response(202, schema=UploadSchema, description="It was a part; there is more to come.")
def upload() -> Any:
    """Keep a file, or a part of one."""
    if "Content-Range" in request.headers or UPLOAD_ID in request.headers:
        return part_taken(request.headers.get(UPLOAD_ID))
    return _shown(services().files.take(caller(), receive_large_form))


@blp.get("")
@signed_in
@blp.arguments(FileFilterSchema, location="query")
@blp.response(200, FileListSchema)
def files(wanted: FileQuery) -> dict[str, Any]:
    """The caller's own files, newest first unless another order is wanted."""
    found = services().files.page(caller(), wanted)
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": [_shown(file) for file in found.files], "meta": meta}


@blp.get("/usage")
@signed_in
@blp.response(200, FileUsageSchema)
def usage() -> dict[str, Any]:
    """How much of the plan's room the caller's files and open uploads take."""
    plan, files = services().accounts.plan_of(caller()), services().files
    return usage_view(files.usage(caller()), plan.name, files.max_bytes)


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
