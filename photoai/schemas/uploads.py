"""Uploads that come in parts, over HTTP: what their headers say, and how far they are."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Protocol
from urllib.parse import unquote

from marshmallow import Schema, fields

from photoai.errors import ContentRangeInvalid, DigestMalformed
from photoai.models import Upload
from photoai.services.files import Part, Span

from .shared import UtcMoment

NUMBER = "[0-9]{1,18}"
CONTENT_RANGE = re.compile(rf"bytes[ \t]+({NUMBER})-({NUMBER})/({NUMBER})", re.IGNORECASE)
# As RFC 9530 has it, and as RFC 3230 had it; each among digests by other algorithms, maybe.
DIGESTS = {
    "Repr-Digest": re.compile(r"(?:^|,)[ \t]*sha-256[ \t]*=[ \t]*:([^:,]*):"),
    "Digest": re.compile(r"(?:^|,)[ \t]*sha-256[ \t]*=([^,]*)", re.IGNORECASE),
}
MENTIONED = re.compile(r"(?:^|,)[ \t]*sha-256[ \t]*=", re.IGNORECASE)
SHA256_BYTES = 32


class Fields(Protocol):
    """Headers, or what else has values by name."""

    def get(self, key: str, default: str) -> str: ...


def part_in(headers: Fields, query: Fields) -> Part:
    """What a request says of the part it brings.

    Raises:
        ContentRangeInvalid, DigestMalformed
    """
    name = unquote(headers.get("X-File-Name", ""), errors="replace") or query.get("name", "")
    return Part(content_range(headers.get("Content-Range", "")), name, whole_sha256(headers))


def content_range(text: str) -> Span:
    """The bytes a Content-Range (RFC 9110, 14.4) names, whether there can be such or not.

    Raises:
        ContentRangeInvalid: it is none, or leaves the size open.
    """
    found = CONTENT_RANGE.fullmatch(text.strip(" \t"))
    if found is None:
        raise ContentRangeInvalid
    first, last, total = map(int, found.groups())
    return Span(first, last, total)


def whole_sha256(headers: Fields) -> str | None:
    """The SHA-256 of the whole file, in hex, when the headers tell one.

    Raises:
        DigestMalformed
    """
    for name, form in DIGESTS.items():
        text = headers.get(name, "")
        if found := form.search(text):
            return _hex(found[1].strip())
        if MENTIONED.search(text):
            raise DigestMalformed
    return None


def _hex(text: str) -> str:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DigestMalformed from None
    if len(digest) != SHA256_BYTES:
        raise DigestMalformed
    return digest.hex()


class UploadLinksSchema(Schema):
    self_ = fields.String(data_key="self", required=True)
    file = fields.String(required=True, allow_none=True)


class UploadSchema(Schema):
    upload_id = fields.String(required=True)
    name = fields.String(required=True)
    received_bytes = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    expires_at = UtcMoment(required=True)
    file_id = fields.String(
        required=True, allow_none=True, metadata={"description": "Once the upload has ended."}
    )
    links = fields.Nested(UploadLinksSchema, required=True)


class UploadListSchema(Schema):
    data = fields.List(fields.Nested(UploadSchema), required=True)


def upload_view(upload: Upload, base: str) -> dict[str, Any]:
    """An upload's row with its links, ready for UploadSchema."""
    columns = ("name", "received_bytes", "size_bytes", "expires_at", "file_id")
    files = f"{base}/api/v1/files"
    links = {
        "self_": f"{files}/uploads/{upload.id}",
        "file": f"{files}/{upload.file_id}" if upload.file_id else None,
    }
    shown = {name: getattr(upload, name) for name in columns}
    return shown | {"upload_id": upload.id, "links": links}
