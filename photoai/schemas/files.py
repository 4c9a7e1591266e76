"""Files people keep here, over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.models import FileKind, UserFile
from photoai.services.files import SORTED_BY, FileQuery, Usage

from .jobs import PageMetaSchema
from .media import LONGEST_TTL_SEC
from .shared import RedirectSchema, UtcMoment


class FileFilterSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    kind = fields.String(validate=OneOf([kind.value for kind in FileKind]))
    search = fields.String(
        validate=Length(max=200), metadata={"description": "In the name, in upper or lower case."}
    )
    sort_by = fields.String(load_default="created_at", validate=OneOf([*SORTED_BY]))
    sort_order = fields.String(load_default="desc", validate=OneOf(["asc", "desc"]))
    page = fields.Integer(validate=Range(1, 1_000_000))
    page_size = fields.Integer(validate=Range(1, 100))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> FileQuery:
        return FileQuery(**data)


class FileLinksSchema(Schema):
    self_ = fields.String(data_key="self", required=True)
    content = fields.String(required=True)


class FileSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=OneOf([kind.value for kind in FileKind]))
    mime = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    probe = fields.Dict(
        required=True, allow_none=True, metadata={"description": "What was found inside."}
    )
    created_at = UtcMoment(required=True)
    links = fields.Nested(FileLinksSchema, required=True)


class FileListSchema(Schema):
    data = fields.List(fields.Nested(FileSchema), required=True)
    meta = fields.Nested(PageMetaSchema, required=True)


class FileUsageSchema(Schema):
    files = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    uploads = fields.Integer(required=True)
    uploading_bytes = fields.Integer(
        required=True, metadata={"description": "What the open uploads are to become."}
    )
    left_bytes = fields.Integer(required=True)
    plan = fields.String(required=True)
    limit_bytes = fields.Integer(required=True)
    file_max_bytes = fields.Integer(required=True)


class FileLinkOrderSchema(Schema):
    ttl_sec = fields.Integer(required=True, strict=True, validate=Range(1, LONGEST_TTL_SEC))


class FileLinkSchema(Schema):
    url = fields.String(required=True)
    expires_at = UtcMoment(required=True)


class FileContentSchema(RedirectSchema):
    token = fields.String(load_default="", validate=Length(max=400))


def file_view(file: UserFile, base: str) -> dict[str, Any]:
    """A file's row with its links, ready for FileSchema; `base` is that of all absolute links."""
    columns = ("id", "name", "kind", "mime", "size_bytes", "sha256", "created_at")
    own = f"{base}/api/v1/files/{file.id}"
    links = {"self_": own, "content": f"{own}/content"}
    shown = {name: getattr(file, name) for name in columns}
    return shown | {"probe": _probe_view(file.probe), "links": links}


def usage_view(usage: Usage, plan: str, file_max_bytes: int) -> dict[str, Any]:
    """What an account's files take and what its plan allows, ready for FileUsageSchema."""
    columns = ("files", "size_bytes", "uploads", "uploading_bytes", "limit_bytes")
    shown: dict[str, Any] = {name: getattr(usage, name) for name in columns}
    shown["left_bytes"] = max(0, usage.left_bytes)
    return shown | {"plan": plan, "file_max_bytes": file_max_bytes}


def _probe_view(probe: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without what only merging needs: it may be hundreds of numbers."""
    if not probe or "video" not in probe:
        return probe
    video = {name: value for name, value in probe["video"].items() if name != "fresh_frames"}
    shown = {name: value for name, value in probe.items() if name != "decodes"}
    return shown | {"video": video}
