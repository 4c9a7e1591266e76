"""Parts of uploads on their way: what came before is compared, what is new is kept."""

from __future__ import annotations

import uuid
from contextlib import closing
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import (
    FileUnknown,
    PartLengthWrong,
    UploadIncomplete,
    UploadOvertaken,
    UploadTooLarge,
    UploadTooManyParts,
    UploadTooSlow,
    UploadUnknown,
)
from photoai.models import Upload, UploadPart, UserFile
from photoai.services.clock import utcnow
from photoai.services.ingest import Form
from photoai.services.storage import Store, discard

from .files import Receive
from .finishing import parts_of
from .parts import Known, Part, Sink, Span

LIVES = timedelta(hours=24)
PARTS_MAX = 10_000
# Of a part that was cut off, less than this is not worth an object of its own.
WORTH_KEEPING_BYTES = 64 * 1024


class Arrivals:
    def __init__(self, database: Database, store: Store) -> None:
        self._db = database
        self._store = store

    def take(self, upload: Upload, part: Part, receive: Receive) -> None:
        """Take a part that begins no later than where the upload ends; `upload` is as far as that
        then. Of a part that is cut off what came stays.

        Raises:
            whatever `receive` raises
            PartLengthWrong, UploadBytesDiffer, UploadTooManyParts
            UploadOvertaken: another request was faster.
            UploadUnknown: it was given up meanwhile.
            FileUnknown: the file that was made of it was deleted.
        """
        with closing(self._known(upload, part.span)) as known:
            if part.span.stop > upload.received_bytes:
                self._append(upload, part, known, receive)
            else:
                received(receive, Sink(part.span.size_bytes, known, None), part.span)

    def _known(self, upload: Upload, span: Span) -> Known:
        """What has come of these bytes already."""
        parts = parts_of(self._db, upload.id) if upload.file_id is None else [self._file_of(upload)]
        return Known(self._store.open, parts, span.first, min(span.stop, upload.received_bytes))

    def _file_of(self, upload: Upload) -> UploadPart:
        """The file that was made of an upload, as its one part."""
        with self._db.read() as session:
            file = session.get(UserFile, upload.file_id)
        if file is None or file.deleted_at is not None or file.key is None:
            raise FileUnknown(details={"file_ids": [upload.file_id]})
        return UploadPart(first=0, size_bytes=file.size_bytes, key=file.key)

    def _append(self, upload: Upload, part: Part, known: Known, receive: Receive) -> None:
        key, cut = part_key(upload.id, upload.received_bytes), None
        with self._store.write(key) as file:
            sink = Sink(part.span.size_bytes, known, file)
            try:
                received(receive, sink, part.span)
            except (UploadIncomplete, UploadTooSlow) as error:
                if sink.written_bytes < WORTH_KEEPING_BYTES:
                    raise
                cut = error
        self._enter(upload, part, key, sink.written_bytes)
        if cut is not None:
            raise cut

    def _enter(self, upload: Upload, part: Part, key: str, size_bytes: int) -> None:
        first = upload.received_bytes
        row = UploadPart(upload_id=upload.id, first=first, size_bytes=size_bytes, key=key)
        try:
            with self._db.begin() as session:
                now = session.get(Upload, upload.id, with_for_update=True)
                _check_still(session, now, upload)
                assert now is not None, "It was checked."
                session.add(row)
                now.received_bytes = first + size_bytes
                now.sha256 = now.sha256 or part.sha256
                now.expires_at = utcnow() + LIVES
        except BaseException:
            discard(self._store, key)
            raise
        upload.received_bytes, upload.sha256 = now.received_bytes, now.sha256
        upload.expires_at = now.expires_at


def received(receive: Receive, sink: Sink, span: Span) -> Form:
    """What came of a part, all of which must have come."""
    try:
        form = receive(sink.file, span.size_bytes)
    except UploadTooLarge as error:
        if "max_bytes" not in error.details:
            raise
        raise PartLengthWrong from None
    except FileNotFoundError:  # what it was compared to: the file is there by now, or nothing is
        raise UploadOvertaken from None
    if form.files != 1:
        form.check_file()
    sink.check()
    return form


def part_key(upload_id: str, first: int) -> str:
    return f"uploads/{upload_id}/{first}-{uuid.uuid4().hex}"


def _check_still(session: Session, now: Upload | None, before: Upload) -> None:
    """Nothing has happened to the upload while a part of it came."""
    if now is None:
        raise UploadUnknown
    if now.received_bytes != before.received_bytes or not now.is_open:
        raise UploadOvertaken(details={"received_bytes": now.received_bytes})
    count = select(func.count()).where(UploadPart.upload_id == before.id)
    if (session.scalar(count) or 0) >= PARTS_MAX:
        raise UploadTooManyParts(details={"parts": PARTS_MAX})
