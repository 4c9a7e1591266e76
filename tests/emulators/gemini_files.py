"""The Files API: resumable upload, states, 48 hours of life; files belong to their key.

`PUT /_files` with `{"polls": 2, "ends": "FAILED", "life_sec": 10}` says how the files uploaded from
now on behave (with more `polls` than anybody waits for they are PROCESSING for ever), `DELETE
/_files` forgets every file as if it had expired, `GET /_files` lists them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.emulators.gemini_errors import (
    ApiError,
    file_exists,
    file_not_active,
    invalid,
    no_such_file,
)
from tests.emulators.gemini_fields import camel_keys
from tests.emulators.gemini_http import Call, Reply, in_json
from tests.emulators.gemini_request import Blob

GRANULARITY_BYTES = 8 * 1024 * 1024
LIFE_SEC = 48 * 3600
LIMIT_BYTES = 2 * 1024**3
NAME = re.compile("files/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class Habits:
    """How often a new file is PROCESSING when asked, what it is then, how long it lives."""

    polls: int = 0
    ends: str = "ACTIVE"
    life_sec: float = LIFE_SEC


@dataclass
class File:
    """An upload; complete once it is finalized."""

    owner: str
    base: str
    mime: str
    size_bytes: int
    habits: Habits
    display_name: str = ""
    name: str = field(default_factory=lambda: f"files/{secrets.token_hex(6)}")
    data: bytearray = field(default_factory=bytearray)
    created_at: float = field(default_factory=time.time)
    polls: int = 0

    @property
    def uri(self) -> str:
        return f"{self.base}/v1beta/{self.name}"

    @property
    def state(self) -> str:
        return "PROCESSING" if self.polls < self.habits.polls else self.habits.ends

    @property
    def is_alive(self) -> bool:
        return time.time() < self.created_at + self.habits.life_sec

    def shown(self) -> dict[str, Any]:
        """The resource as JSON; the hash is base64 over the hexadecimal digits, as the real one."""
        digest = hashlib.sha256(self.data).hexdigest()
        shown = {
            "name": self.name,
            "mimeType": self.mime,
            "sizeBytes": str(self.size_bytes),
            "createTime": _stamp(self.created_at),
            "updateTime": _stamp(self.created_at),
            "expirationTime": _stamp(self.created_at + self.habits.life_sec),
            "sha256Hash": base64.b64encode(digest.encode()).decode(),
            "uri": self.uri,
            "state": self.state,
            "source": "UPLOADED",
        }
        if self.display_name:
            shown["displayName"] = self.display_name
        if self.state == "FAILED":
            shown["error"] = {"code": 13, "message": "The file could not be processed."}  # type: ignore[assignment]
        return shown


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Files:
    """Every file of every key, and the uploads under way."""

    def __init__(self) -> None:
        self._habits = Habits()
        self._uploads: dict[str, File] = {}
        self._files: dict[str, File] = {}

    def begin(self, call: Call) -> Reply:
        """POST /upload/v1beta/files, `start`: where to send the bytes."""
        _expect(call, "x-goog-upload-protocol", "resumable")
        _expect(call, "x-goog-upload-command", "start")
        size_bytes = int(call.headers.get("x-goog-upload-header-content-length", "0"))
        if not 0 < size_bytes <= LIMIT_BYTES:
            raise invalid(f"Invalid size of the upload: {size_bytes} bytes.")
        about = camel_keys(json.loads(call.body or b"{}").get("file", {}))
        mime = about.get("mimeType") or call.headers.get("x-goog-upload-header-content-type")
        if not mime:
            raise invalid("The MIME type of the file is not specified.")
        name = {"name": self._new(call.key, about["name"])} if "name" in about else {}
        upload = File(
            call.key,
            call.base,
            mime,
            size_bytes,
            self._habits,
            about.get("displayName", ""),
            **name,
        )
        upload_id = secrets.token_urlsafe(24)
        self._uploads[upload_id] = upload
        url = f"{call.base}/upload/v1beta/files?upload_id={upload_id}&upload_protocol=resumable"
        return in_json(
            {},
            x_goog_upload_status="active",
            x_goog_upload_url=url,
            x_goog_upload_control_url=url,
            x_goog_upload_chunk_granularity=str(GRANULARITY_BYTES),
        )

    def _new(self, key: str, name: str) -> str:
        """A name the client has chosen; nobody else's file may have it."""
        if not NAME.fullmatch(name):
            raise invalid(f"Invalid file name: {name}")
        taken = self._files.get(name)
        if taken is not None and taken.is_alive:
            raise file_exists(name) if taken.owner == key else no_such_file(name)
        return name

    def carry_on(self, call: Call) -> Reply:
        """POST to the upload's url: a piece, maybe the last; it needs no key."""
        upload = self._uploads.get(call.query["upload_id"])
        if upload is None:
            raise ApiError(404, "Requested upload was not found.")
        command = call.headers.get("x-goog-upload-command", "").replace(" ", "")
        if command == "query":
            return _received(upload)
        if command not in {"upload", "upload,finalize", "finalize"}:
            raise invalid(f"Invalid upload command: {command}")
        is_last = command.endswith("finalize")
        _check_piece(call, upload, is_last)
        upload.data += call.body
        return self._finalized(call, upload) if is_last else _received(upload)

    def _finalized(self, call: Call, upload: File) -> Reply:
        del self._uploads[call.query["upload_id"]]
        self._files[upload.name] = upload
        return in_json({"file": upload.shown()}, x_goog_upload_status="final")

    def show(self, call: Call, name: str) -> Reply:
        """GET /v1beta/files/{id}; each one is a poll."""
        file = self._owned(call.key, name)
        shown = file.shown()
        file.polls += 1
        return in_json(shown)

    def delete(self, call: Call, name: str) -> Reply:
        del self._files[self._owned(call.key, name).name]
        return in_json({})

    def _owned(self, key: str, name: str) -> File:
        file = self._files.get(f"files/{name}")
        if file is None or file.owner != key or not file.is_alive:
            raise no_such_file(name)
        return file

    def opened(self, key: str, uri: str) -> Blob:
        """What a part of a request names; 403 unless it is here, alive and the key's own."""
        name = uri.rpartition("/")[2]
        file = self._owned(key, name)
        if file.uri != uri:
            raise no_such_file(name)
        if file.state != "ACTIVE":
            raise file_not_active(name)
        return Blob(file.mime, bytes(file.data))

    def forget(self, uri: str) -> None:
        """As if 48 hours had passed."""
        self._files.pop(f"files/{uri.rpartition('/')[2]}", None)

    def listed(self) -> Reply:
        """GET /_files, of every key; no poll."""
        return in_json([file.shown() for file in self._files.values()])

    def set_habits(self, call: Call) -> Reply:
        self._habits = Habits(**json.loads(call.body))
        return in_json({})

    def clear(self) -> Reply:
        self._files.clear()
        self._habits = Habits()
        return in_json({})


def _expect(call: Call, header: str, value: str) -> None:
    said = call.headers.get(header)
    if said != value:
        raise invalid(f"Invalid {header}: {said}, expected {value}.")


def _check_piece(call: Call, upload: File, is_last: bool) -> None:
    offset = int(call.headers.get("x-goog-upload-offset", "-1"))
    total = len(upload.data) + len(call.body)
    if offset != len(upload.data):
        raise invalid(f"Invalid upload offset: {offset}, expected {len(upload.data)}.")
    if total > upload.size_bytes or (is_last and total != upload.size_bytes):
        raise invalid(f"Invalid upload: {total} bytes, announced {upload.size_bytes}.")
    if not is_last and (not call.body or len(call.body) % GRANULARITY_BYTES):
        raise invalid(f"Invalid piece: not a multiple of {GRANULARITY_BYTES} bytes.")


def _received(upload: File) -> Reply:
    return in_json(
        {}, x_goog_upload_status="active", x_goog_upload_size_received=str(len(upload.data))
    )
