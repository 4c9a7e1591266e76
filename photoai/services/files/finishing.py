"""All bytes of an upload have come: they are put together, looked into and entered as a file.

Whoever does it claims the upload, for it takes a while, and says again and again that it is alive.
After a death the claim runs out and the last part, sent once more, begins anew: nothing was
published before the file's row, and the parts are there until it is.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import (
    DatabaseBusy,
    FileDigestWrong,
    Invalid,
    PhotoaiError,
    StorageQuotaUsedUp,
    TooLarge,
    UnsupportedType,
    UploadBusy,
    UploadExpired,
    UploadUnknown,
)
from photoai.models import Upload, UploadPart
from photoai.services.accounts import Caller
from photoai.services.background import every
from photoai.services.ingest import Form
from photoai.services.storage import Store, discard

from .parts import put_together
from .shelf import Shelf

CLAIM_RENEWED_SEC, CLAIM_LIVES = 3.0, timedelta(seconds=10)
RETRY_BUSY_SEC = 2
# Objects that are deleted while somebody waits; of more than these upkeep finds the rest.
AT_ONCE = 200


class Finishing:
    def __init__(self, database: Database, store: Store, shelf: Shelf) -> None:
        self._db = database
        self._store = store
        self._shelf = shelf

    def finish(self, caller: Caller, upload: Upload) -> Upload:
        """The upload, with its file if all its bytes have come.

        Raises:
            UploadBusy: another request is at it.
            UploadUnknown: it was given up meanwhile.
            FileDigestWrong, and every error of a file that is not taken: nothing is kept.
            StorageQuotaUsedUp, StorageFull, StorageUnavailable: may be tried again.
        """
        if not upload.is_open or upload.received_bytes < upload.size_bytes:
            return upload
        with self._claimed(upload) as claim:
            parts = parts_of(self._db, upload.id)
            try:
                file = self._shelf.put(
                    caller,
                    lambda data: self._whole(upload, parts, data),
                    lambda session, file: _end(session, upload.id, claim, file.id),
                )
            except PhotoaiError as error:
                if _is_for_good(error):
                    self._refuse(upload, claim, error)
                    throw_away(self._store, parts)
                raise
        throw_away(self._store, parts)
        upload.file_id = file.id
        return upload

    def _whole(self, upload: Upload, parts: Sequence[UploadPart], data: BinaryIO) -> Form:
        try:
            sha256 = put_together(self._store.open, parts, data)
        except FileNotFoundError:
            raise UploadExpired from None
        if upload.sha256 not in {None, sha256}:
            raise FileDigestWrong(details={"sha256": sha256})
        return Form({}, 1, upload.size_bytes, sha256, file_name=upload.name)

    def _refuse(self, upload: Upload, claim: str, error: PhotoaiError) -> None:
        with self._db.begin() as session:
            row = session.get(Upload, upload.id, with_for_update=True)
            if row is not None and row.claim == claim:
                row.refusal = {
                    "code": error.code,
                    "message": error.message,
                    "details": error.details,
                }
                session.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))

    @contextmanager
    def _claimed(self, upload: Upload) -> Iterator[str]:
        claim, done = uuid.uuid4().hex, threading.Event()
        self._claim(upload.id, claim)
        every(CLAIM_RENEWED_SEC, lambda: self._renew(upload.id, claim), name="upload", until=done)
        try:
            yield claim
        finally:
            done.set()
            with suppress(DatabaseBusy):  # then it runs out
                self._let_go(upload.id, claim)

    def _claim(self, upload_id: str, claim: str) -> None:
        with self._db.begin(durable=False) as session:
            row = session.get(Upload, upload_id, with_for_update=True)
            now = self._db.now(session)
            if row is None:
                raise UploadUnknown
            if not row.is_open or (row.claimed_until and row.claimed_until > now):
                raise UploadBusy(retry_after=RETRY_BUSY_SEC)
            row.claim, row.claimed_until = claim, now + CLAIM_LIVES

    def _renew(self, upload_id: str, claim: str) -> None:
        with self._db.begin(durable=False) as session:
            until = self._db.now(session) + CLAIM_LIVES
            mine = update(Upload).where(Upload.id == upload_id, Upload.claim == claim)
            session.execute(mine.values(claimed_until=until))

    def _let_go(self, upload_id: str, claim: str) -> None:
        with self._db.begin(durable=False) as session:
            mine = update(Upload).where(Upload.id == upload_id, Upload.claim == claim)
            session.execute(mine.values(claim=None, claimed_until=None))


def parts_of(database: Database, upload_id: str) -> Sequence[UploadPart]:
    """An upload's parts in their order."""
    query = select(UploadPart).where(UploadPart.upload_id == upload_id).order_by(UploadPart.first)
    with database.read() as session:
        return session.scalars(query).all()


def throw_away(store: Store, parts: Sequence[UploadPart]) -> None:
    """Delete the bytes of parts whose rows are gone."""
    for part in parts[:AT_ONCE]:
        discard(store, part.key)


def _end(session: Session, upload_id: str, claim: str, file_id: str) -> None:
    row = session.get(Upload, upload_id, with_for_update=True)
    if row is None:
        raise UploadUnknown
    if row.claim != claim:
        raise UploadBusy(retry_after=RETRY_BUSY_SEC)
    row.file_id = file_id
    session.execute(delete(UploadPart).where(UploadPart.upload_id == upload_id))
    session.flush()


def _is_for_good(error: PhotoaiError) -> bool:
    """Whether the same bytes would be refused again, as far as one can see."""
    is_of_file = isinstance(error, Invalid | UnsupportedType | TooLarge)
    return is_of_file and not isinstance(error, StorageQuotaUsedUp)
