"""Somebody's files in the Studio: sent, looked at, lent and deleted without a script too."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO

from flask import Response, request, url_for
from marshmallow import EXCLUDE, ValidationError
from werkzeug.datastructures import FileStorage

from photoai.errors import FileMissing, FileUnknown, PhotoaiError, UploadTooLarge
from photoai.models import UserFile
from photoai.offload import look_around
from photoai.schemas.files import FileFilterSchema
from photoai.services.files import FileQuery
from photoai.services.ingest import Form
from photoai.services.photos import JPEG

from .. import guard
from ..context import absolute, config, services
from . import studio_words
from .assets import assets
from .forms import refused
from .page import Pages, for_members, see_other, shown

FORM_BYTES = 100_000  # around a file
FILES_ON_A_PAGE = 8
LENT_SEC = 86_400
LOOK_KEPT = "private, max-age=31536000, immutable"
PIECE_BYTES = 1 << 20
MARK = "icon.svg"


def most_bytes() -> int:
    """Of a form that brings a file."""
    return config().upload_max_mb * 1_000_000 + FORM_BYTES


blp = Pages("studio_file_pages", large=("upload",), most_bytes=most_bytes)


@blp.get("/studio/files")
@for_members
def files() -> Response:
    """The list of files, by itself."""
    return shown("studio_files.html", **facts_of_list())


@blp.post("/studio/files")
@for_members
def upload() -> Response:
    """Those before one that is refused are kept."""
    chosen = [each for each in request.files.getlist("file") if each.filename]
    try:
        if not chosen:
            raise FileMissing
        files = [_kept(each) for each in chosen]
    except PhotoaiError as error:
        return refused(error, _list(refusal=error))
    return see_other(url_for("studio_pages.studio", file=files[-1].id))


@blp.get("/studio/files/<file_id>/look")
@for_members
def look(file_id: str) -> Response:
    """A small picture of it."""
    try:
        response = Response(services().file_previews.of(guard.caller(), file_id), mimetype=JPEG)
        response.headers["Cache-Control"] = LOOK_KEPT  # the bytes of a file never change
    except FileUnknown:
        raise
    except PhotoaiError:  # a list is no place to say that one of its pictures is missing
        response = Response(assets.files[MARK], mimetype="image/svg+xml")
        response.headers["Cache-Control"] = "no-store"
    return response


@blp.post("/studio/files/<file_id>/link")
@for_members
def lend(file_id: str) -> Response:
    file = services().files.get(guard.caller(), file_id)
    loan = services().files.lend(guard.caller(), file_id, LENT_SEC)
    link = absolute(f"/api/v1/files/{file_id}/content?token={loan.token}")
    return _list(lent=file, link=link, expires_at=loan.expires_at)


@blp.post("/studio/files/<file_id>/delete")
@for_members
def delete(file_id: str) -> Response:
    services().files.delete(guard.caller(), file_id)
    return see_other(url_for("studio_pages.studio"))


def facts_of_list() -> dict[str, Any]:
    """What the list of files shows, and how much of their room is taken."""
    caller, wanted = guard.caller(), _wanted()
    found = services().files.page(caller, wanted)
    usage = services().files.usage(caller)
    return {
        "files": found.files, "files_total": found.total, "wanted": wanted, "usage": usage,
        "file_pages": max(1, -(-found.total // FILES_ON_A_PAGE)), "words": studio_words,
        "file_max_bytes": services().files.max_bytes, "address_of_files": _address,
        "lent_hours": LENT_SEC // 3600,
    }  # fmt: skip


def content(file_id: str) -> str:
    return f"{request.script_root}/api/v1/files/{file_id}/content"


def copied(given: Any, data: BinaryIO, max_bytes: int, name: str) -> Form:
    """A file that is here already, as one that was sent. Raises UploadTooLarge"""
    digest, size_bytes = hashlib.sha256(), 0
    while piece := given.read(PIECE_BYTES):
        size_bytes += len(piece)
        if size_bytes > max_bytes:
            raise UploadTooLarge(details={"max_bytes": max_bytes})
        digest.update(piece)
        data.write(piece)
        look_around()
    return Form({}, 1, size_bytes, digest.hexdigest(), file_name=name)


def _kept(sent: FileStorage) -> UserFile:
    name = sent.filename or ""
    return services().files.take(
        guard.caller(), lambda data, most: copied(sent.stream, data, most, name)
    )


def _list(refusal: PhotoaiError | None = None, **facts: Any) -> Response:
    return shown("studio_files.html", refusal=refusal, **facts_of_list(), **facts)


def _wanted() -> FileQuery:
    """The part of them the address asks for; all of them when it asks for nonsense."""
    given = {
        name: request.args[name] for name in ("kind", "search", "page") if request.args.get(name)
    }
    try:
        query: FileQuery = FileFilterSchema(unknown=EXCLUDE).load(
            given | {"page_size": FILES_ON_A_PAGE}
        )
    except ValidationError:
        return FileQuery(page_size=FILES_ON_A_PAGE)
    return query


def _address(**changes: Any) -> str:
    """The page with another part of the files, the same type of task and what is watched."""
    kept = ("type", "task", "kind", "search")
    query = {name: request.args[name] for name in kept if request.args.get(name)} | changes
    return url_for("studio_pages.studio", **{k: v for k, v in query.items() if v})
