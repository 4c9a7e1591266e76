"""An account that sends a file in parts, straight to the service."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from threading import Barrier
from typing import Any, BinaryIO

import pytest

from photoai.db import Database
from photoai.errors import (
    PhotoaiError,
    UploadIncomplete,
)
from photoai.models import Upload
from photoai.services.accounts import Caller
from photoai.services.files import (
    Files,
    Part,
    Span,
    Uploads,
)
from photoai.services.files.files import Receive
from photoai.services.ingest import Form
from photoai.services.storage import Store
from tests.support import sent

LIMIT_BYTES, MAX_BYTES, SIZE = 1_000_000, 300_000, 250_000
SRT = sent.SRT.encode()
DATA = SRT + b"".join(b"%06d\n" % number for number in range(40_000))[: SIZE - len(SRT)]
SHA256 = hashlib.sha256(DATA).hexdigest()


def sending(data: bytes, *, cut: bool = False, ready: Barrier | None = None) -> Receive:
    def receive(file: BinaryIO, max_bytes: int) -> Form:
        for at in range(0, len(data), 10_000):
            file.write(data[at : at + 10_000])
        if ready is not None:
            ready.wait(10)
        if cut:
            raise UploadIncomplete
        return Form({}, 1, len(data), hashlib.sha256(data).hexdigest())

    return receive


class Sender:
    """Sends parts of DATA, or of what it is given."""

    def __init__(self, uploads: Uploads, caller: Caller, data: bytes = DATA) -> None:
        self.uploads, self.caller, self.data = uploads, caller, data

    def __call__(
        self, upload: Upload | str | None, first: int, stop: int, *, name: str = "a.srt",
        sha256: str | None = None, total: int | None = None, data: bytes | None = None, **how: Any,
    ) -> Upload:  # fmt: skip
        span = Span(first, stop - 1, len(self.data) if total is None else total)
        part = Part(span, name, sha256)
        receive = sending(self.data[first:stop] if data is None else data, **how)
        upload_id = upload.id if isinstance(upload, Upload) else upload
        return self.uploads.take(self.caller, upload_id, part, receive)

    def begun(self, stop: int = 100_000, **how: Any) -> Upload:
        return self(None, 0, stop, **how)


def keys(store: Store) -> list[str]:
    return sorted(
        file.key.rpartition("/")[0] for at in ("uploads", "files") for file in store.stored(at)
    )


def change(database: Database, upload: Upload, **facts: Any) -> None:
    with database.begin() as session:
        for name, value in facts.items():
            setattr(session.get_one(Upload, upload.id), name, value)


def content(files: Files, caller: Caller, upload: Upload) -> bytes:
    assert upload.file_id is not None
    with files.content(files.get(caller, upload.file_id)) as data:
        return data.read()


@contextmanager
def refused(error: type[PhotoaiError], received_bytes: int | None = None) -> Any:
    with pytest.raises(error) as refusal:
        yield refusal
    assert refusal.value.details.get("received_bytes") == received_bytes
