"""How much of its plan's room an account's files take, also when many arrive at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import PhotoaiError, StorageQuotaUsedUp, TooManyUploads, Unauthorized
from photoai.models import Upload, UploadPart, User, UserFile
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow

# Files that were deleted stay for a day: with them an account may take so many times its room.
WITH_DELETED = 2
UPLOADS_AT_ONCE, RETRY_UPLOADS_SEC = 100, 60


@dataclass(frozen=True)
class Usage:
    """Files that are not deleted; `kept_bytes` counts those whose bytes are still here too. Open
    uploads take the room of what they are to become."""

    files: int
    size_bytes: int
    kept_bytes: int
    limit_bytes: int
    uploads: int = 0
    uploading_bytes: int = 0

    @property
    def left_bytes(self) -> int:
        behind = WITH_DELETED * self.limit_bytes - self.kept_bytes
        return min(self.limit_bytes - self.size_bytes, behind) - self.uploading_bytes


class Arriving:
    """The bytes of one file as they come. `come` is told of each piece and says how many of its
    account's have come by then, `full` what is said when that is too much."""

    def __init__(self, come: Callable[[int], int], full: Callable[[], PhotoaiError]) -> None:
        self._come = come
        self._full = full
        self._into: BinaryIO | None = None
        self._left_bytes = 0
        self.come_bytes = 0

    def within(self, left_bytes: int, into: BinaryIO) -> BinaryIO:
        """What to write the file to, which goes on to `into`: no more than is left for all of its
        account's that come at once."""
        self._left_bytes, self._into = left_bytes, into
        return cast(BinaryIO, self)

    def write(self, data: bytes) -> int:
        assert self._into is not None
        self.come_bytes += len(data)
        if self._come(len(data)) > self._left_bytes:
            raise self._full()
        return self._into.write(data)


class Room:
    """`limit_bytes` says how much an account's files may take."""

    def __init__(self, database: Database, limit_bytes: Callable[[Caller], int]) -> None:
        self._db = database
        self._limit_bytes = limit_bytes
        # Bytes that have come for each account, in this process.
        self._arriving: dict[int, int] = {}
        self._counting = threading.Lock()

    @contextmanager
    def arriving(self, caller: Caller) -> Iterator[Arriving]:
        """A file that is being sent in one piece takes room until it is entered or given up.

        Raises:
            StorageQuotaUsedUp: others that come at the same time have taken what was left.
        """

        def come(size_bytes: int) -> int:
            with self._counting:
                come_bytes = self._arriving.pop(caller.id, 0) + size_bytes
                if come_bytes:
                    self._arriving[caller.id] = come_bytes
                return come_bytes

        def full() -> PhotoaiError:
            usage = self.usage(caller)
            come_bytes = usage.uploading_bytes + self._arriving.get(caller.id, 0)
            return used_up(replace(usage, uploading_bytes=come_bytes))

        arriving = Arriving(come, full)
        try:
            yield arriving
        finally:
            come(-arriving.come_bytes)

    def usage(self, caller: Caller) -> Usage:
        with self._db.read() as session:
            return self._counted(session, caller)

    def left_bytes(self, caller: Caller) -> int:
        """How large one more file may be. Raises StorageQuotaUsedUp when none may."""
        usage = self.usage(caller)
        if usage.left_bytes <= 0:
            raise used_up(usage)
        return usage.left_bytes

    def check(self, caller: Caller, size_bytes: int, first_bytes: int) -> None:
        """Before an upload of so many bytes begins, with so many. Raises StorageQuotaUsedUp, but
        not when there is one that this may be the begin of once more."""
        with self._db.read() as session:
            if session.scalars(_begun(caller.id, size_bytes, first_bytes)).first() is None:
                self._check(session, caller, size_bytes)

    def reserve(self, caller: Caller, upload: Upload, part: UploadPart) -> Upload:
        """Write the rows of an upload that begins with this part, one after the other for each
        account. An earlier one that has nothing but the same first part is given back instead:
        then the answer to that was lost.

        Raises:
            StorageQuotaUsedUp, TooManyUploads
            Unauthorized: the account is gone.
        """
        with self._alone(caller) as session:
            like_it = _begun(caller.id, upload.size_bytes, part.size_bytes).where(
                Upload.name == upload.name, Upload.opened_with == upload.opened_with
            )
            if (same := session.scalars(like_it).first()) is not None:
                return same
            if self._check(session, caller, upload.size_bytes).uploads >= UPLOADS_AT_ONCE:
                raise TooManyUploads(
                    details={"uploads": UPLOADS_AT_ONCE}, retry_after=RETRY_UPLOADS_SEC
                )
            session.add(upload)
            session.flush()
            session.add(part)
        return upload

    def enter(
        self,
        caller: Caller,
        file: UserFile,
        along: Callable[[Session, UserFile], None] | None = None,
    ) -> None:
        """Write the file's row, one after the other for each account, and what `along` writes.

        Raises:
            whatever `along` raises
            StorageQuotaUsedUp: others came before it.
            Unauthorized: the account is gone.
        """
        with self._alone(caller) as session:
            if along is not None:
                along(session, file)
            self._check(session, caller, file.size_bytes)
            session.add(file)

    @contextmanager
    def _alone(self, caller: Caller) -> Iterator[Session]:
        with self._db.begin() as session:
            if session.get(User, caller.id, with_for_update=True) is None:
                raise Unauthorized
            yield session

    def _check(self, session: Session, caller: Caller, size_bytes: int) -> Usage:
        usage = self._counted(session, caller)
        if size_bytes > usage.left_bytes:
            raise used_up(usage, size_bytes)
        return usage

    def _counted(self, session: Session, caller: Caller) -> Usage:
        shown, size = UserFile.deleted_at.is_(None), func.sum(UserFile.size_bytes)
        of_files = select(
            func.count().filter(shown), size.filter(shown), size.filter(UserFile.key.is_not(None))
        ).where(UserFile.user_id == caller.id)
        of_uploads = select(func.count(), func.sum(Upload.size_bytes)).where(
            Upload.user_id == caller.id, *is_open()
        )
        files, size_bytes, kept_bytes = session.execute(of_files).one()
        uploads, uploading_bytes = session.execute(of_uploads).one()
        return Usage(
            files=files,
            size_bytes=int(size_bytes or 0),
            kept_bytes=int(kept_bytes or 0),
            limit_bytes=self._limit_bytes(caller),
            uploads=uploads,
            uploading_bytes=int(uploading_bytes or 0),
        )


def is_open() -> list[ColumnElement[bool]]:
    """Of an upload: more of it may come."""
    return [Upload.file_id.is_(None), Upload.refusal.is_(None), Upload.expires_at > utcnow()]


def _begun(user_id: int, size_bytes: int, first_bytes: int) -> Select[Upload]:
    """Uploads that have a first part like this and nothing else; none whose file was deleted."""
    is_there = select(UserFile.id).where(UserFile.deleted_at.is_(None))
    return select(Upload).where(
        Upload.user_id == user_id,
        Upload.size_bytes == size_bytes,
        Upload.received_bytes == first_bytes,
        Upload.refusal.is_(None),
        Upload.file_id.is_(None) | Upload.file_id.in_(is_there),
        Upload.expires_at > utcnow(),
    )


def used_up(usage: Usage, size_bytes: int | None = None) -> StorageQuotaUsedUp:
    """With the numbers a person needs to make room."""
    about = {"used_bytes": usage.size_bytes, "limit_bytes": usage.limit_bytes}
    if usage.uploading_bytes:
        about["uploading_bytes"] = usage.uploading_bytes
    if size_bytes is not None:
        about["size_bytes"] = size_bytes
    return StorageQuotaUsedUp(details=about | {"left_bytes": max(0, usage.left_bytes)})
