"""Files that come in parts, over as many requests and processes as it takes.

    open -> complete    its last byte has come
    complete -> ended   put together and entered, or refused for good
    open -> expired     nothing came for a day

A part is an object of the store and a row. Of two requests with the same part both write one, and
the upload's row decides whose counts. Nobody holds anything between two requests, so nothing has to
be healed after a death.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import delete, select, update

from photoai.db import Database
from photoai.errors import (
    PhotoaiError,
    UploadDigestDiffers,
    UploadExpired,
    UploadFinished,
    UploadGap,
    UploadIdMissing,
    UploadSizeDiffers,
    UploadTooLarge,
    UploadUnknown,
    error_named,
)
from photoai.models import Upload, UploadPart
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.ingest import Form
from photoai.services.storage import Store, discard

from .arrivals import LIVES, Arrivals, part_key, received
from .files import Receive
from .finishing import Finishing, parts_of, throw_away
from .kinds import HEAD_BYTES
from .looks import Looks
from .names import shown_name
from .parts import Part, Sink, Span
from .room import Room, is_open
from .shelf import Shelf

REMEMBERED_AS_EXPIRED = timedelta(days=7)
AT_ONCE = 100


class Uploads:
    """`max_bytes` is the size of the largest file that is taken."""

    def __init__(
        self, database: Database, store: Store, looks: Looks, room: Room, max_bytes: int
    ) -> None:
        self._db = database
        self._store = store
        self._looks = looks
        self._room = room
        self._max_bytes = max_bytes
        self._arrivals = Arrivals(database, store)
        self._finishing = Finishing(database, store, Shelf(store, looks, room))

    def take(self, caller: Caller, upload_id: str | None, part: Part, receive: Receive) -> Upload:
        """Take a part: of an upload there is, or the first of a new one. The upload, which names
        its file when this was the last part. Raises as the two below."""
        if upload_id is None:
            return self.begin(caller, part, receive)
        return self.go_on(caller, upload_id, part, receive)

    def begin(self, caller: Caller, part: Part, receive: Receive) -> Upload:
        """Take the first part of a file. Sent again because its answer was lost, it is answered
        with the same upload, as long as no other part has followed.

        Raises:
            ContentRangeInvalid, UploadIdMissing, PartLengthWrong
            UploadTooLarge, StorageQuotaUsedUp, TooManyUploads, FileTypeNotTaken
            whatever `receive` raises, and `Finishing.finish` when the first part is the last
        """
        with _telling(Upload(received_bytes=0)):
            self._check_begin(caller, part.span)
            upload_id = str(uuid.uuid4())
            key = part_key(upload_id, 0)
            with self._store.write(key) as file:
                sink = Sink(part.span.size_bytes, None, file)
                form = received(receive, sink, part.span)
                self._looks.check_head(_head(file))
            upload, first = _rows(caller, upload_id, key, part, form)
            begun = self._reserved(caller, upload, first)
        with _telling(begun):
            return self._finishing.finish(caller, begun)

    def go_on(self, caller: Caller, upload_id: str, part: Part, receive: Receive) -> Upload:
        """Take another part. Bytes that have come before must be the same, and change nothing; of
        a part that is cut off, what came stays.

        Raises, each with `received_bytes` in its details:
            ContentRangeInvalid, PartLengthWrong
            UploadGap, UploadSizeDiffers, UploadDigestDiffers, UploadBytesDiffer, UploadTooManyParts
            UploadOvertaken: another request was faster.
            whatever `receive` and `Finishing.finish` raise
        Raises also, without:
            UploadUnknown, UploadExpired, and what the upload was refused with
        """
        upload = self.get(caller, upload_id)
        with _telling(upload):
            _check(upload, part)
            self._arrivals.take(upload, part, receive)
            return self._finishing.finish(caller, upload)

    def get(self, caller: Caller, upload_id: str) -> Upload:
        """How far an upload of the caller's is.

        Raises:
            UploadUnknown, UploadExpired
            PhotoaiError: it was complete, and refused with this.
        """
        with self._db.read() as session:
            upload = _own(session.get(Upload, upload_id), caller)
        if upload.refusal is not None:
            raise error_named(**upload.refusal)
        return upload

    def open_ones(self, caller: Caller) -> Sequence[Upload]:
        """The caller's uploads that wait for more, newest first."""
        query = select(Upload).where(Upload.user_id == caller.id, *is_open())
        with self._db.read() as session:
            return session.scalars(query.order_by(Upload.created_at.desc(), Upload.id)).all()

    def give_up(self, caller: Caller, upload_id: str) -> None:
        """Forget an upload and all that has come of it.

        Raises:
            UploadUnknown, UploadExpired
            UploadFinished: `details` name its file.
        """
        parts = parts_of(self._db, upload_id)
        with self._db.begin() as session:
            upload = _own(session.get(Upload, upload_id, with_for_update=True), caller)
            if upload.file_id is not None:
                raise UploadFinished(details={"file_id": upload.file_id})
            session.execute(delete(UploadPart).where(UploadPart.upload_id == upload_id))
            session.delete(upload)
        throw_away(self._store, parts)

    def remove_expired(self) -> int:
        """Delete the bytes of uploads of which nothing came for a day, and a week later that they
        ever were; how many lost their bytes."""
        now = utcnow()
        old = select(Upload.id).where(
            Upload.expires_at <= now,
            Upload.file_id.is_(None),
            Upload.refusal.is_(None),
            Upload.received_bytes > 0,
        )
        with self._db.begin(durable=False) as session:
            ids = session.scalars(old.limit(AT_ONCE).with_for_update()).all()
            theirs = UploadPart.upload_id.in_(ids)
            keys = session.scalars(select(UploadPart.key).where(theirs)).all()
            session.execute(delete(UploadPart).where(theirs))
            # A part that arrives this very moment finds that another was faster.
            session.execute(update(Upload).where(Upload.id.in_(ids)).values(received_bytes=0))
            session.execute(delete(Upload).where(Upload.expires_at <= now - REMEMBERED_AS_EXPIRED))
        for key in keys:
            self._store.delete(key)
        return len(ids)

    def _check_begin(self, caller: Caller, span: Span) -> None:
        span.check()
        if span.first:
            raise UploadIdMissing
        if span.total > self._max_bytes:
            raise UploadTooLarge(details={"size_bytes": span.total, "max_bytes": self._max_bytes})
        self._room.check(caller, span.total, span.size_bytes)

    def _reserved(self, caller: Caller, upload: Upload, first: UploadPart) -> Upload:
        begun = None
        try:
            begun = self._room.reserve(caller, upload, first)
        finally:
            if begun is not upload:
                discard(self._store, first.key)
        return begun


def _own(upload: Upload | None, caller: Caller) -> Upload:
    """Raises UploadUnknown, also for somebody else's, and UploadExpired."""
    if upload is None or upload.user_id != caller.id:
        raise UploadUnknown
    if upload.expires_at <= utcnow():
        raise UploadExpired
    return upload


def _check(upload: Upload, part: Part) -> None:
    part.span.check()
    if part.span.total != upload.size_bytes:
        raise UploadSizeDiffers(details={"size_bytes": upload.size_bytes})
    if part.sha256 and upload.sha256 and part.sha256 != upload.sha256:
        raise UploadDigestDiffers
    if part.span.first > upload.received_bytes:
        raise UploadGap


def _head(file: BinaryIO) -> bytes:
    file.flush()
    file.seek(0)
    return file.read(HEAD_BYTES)


def _rows(
    caller: Caller, upload_id: str, key: str, part: Part, form: Form
) -> tuple[Upload, UploadPart]:
    now = utcnow()
    upload = Upload(
        id=upload_id,
        user_id=caller.id,
        name=shown_name(part.name or form.file_name),
        size_bytes=part.span.total,
        received_bytes=part.span.size_bytes,
        opened_with=form.sha256,
        sha256=part.sha256,
        created_at=now,
        expires_at=now + LIVES,
    )
    first = UploadPart(upload_id=upload_id, first=0, size_bytes=part.span.size_bytes, key=key)
    return upload, first


@contextmanager
def _telling(upload: Upload) -> Iterator[None]:
    """What is refused inside says how far the upload is."""
    try:
        yield
    except PhotoaiError as error:
        error.details = {"received_bytes": upload.received_bytes, **error.details}
        raise
