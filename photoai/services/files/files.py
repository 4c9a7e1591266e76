"""Files of accounts: taken, shown, lent by links and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from photoai.db import Database, Executor
from photoai.errors import FileLinkExpired, FileUnknown, UploadTooLarge
from photoai.models import User, UserFile
from photoai.models.files import folded
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.ingest import Form
from photoai.services.secrets import Secrets
from photoai.services.storage import Store, discard

from .kinds import Sort
from .looks import Facts, Looks
from .room import Arriving, Room, Usage, used_up
from .shelf import Shelf

LINK = "file"
STORAGE_LINK_SEC = 300.0
DELETED_BYTES_LIVE = timedelta(hours=24)
REMEMBERED_AS_DELETED = timedelta(days=7)
AT_ONCE = 500
SORTED_BY: dict[str, InstrumentedAttribute[Any]] = {
    "created_at": UserFile.created_at,
    "name": UserFile.folded_name,
    "size_bytes": UserFile.size_bytes,
    "kind": UserFile.kind,
}

# Reads a form whose file may have so many bytes, and writes them to what it is given.
Receive = Callable[[BinaryIO, int], Form]


@dataclass(frozen=True)
class FileQuery:
    """Which of one's files are wanted: of one kind, with `search` in their names."""

    kind: str | None = None
    search: str = ""
    sort_by: str = "created_at"
    sort_order: str = "desc"
    page: int = 1
    page_size: int = 20

    def conditions(self) -> list[ColumnElement[bool]]:
        of_kind = [UserFile.kind == self.kind] if self.kind else []
        text = folded(self.search.strip())
        return of_kind + ([UserFile.folded_name.contains(text, autoescape=True)] if text else [])

    def order(self) -> ColumnElement[Any]:
        column = SORTED_BY[self.sort_by]
        return column.desc() if self.sort_order == "desc" else column.asc()


@dataclass(frozen=True)
class FilePage:
    files: Sequence[UserFile]
    total: int


@dataclass(frozen=True)
class Loan:
    """A token that opens one file to whoever has it, for a while."""

    token: str
    expires_at: datetime


class Files:
    """`max_bytes` is the size of the largest file that is taken."""

    def __init__(
        self,
        database: Database,
        store: Store,
        secrets: Secrets,
        looks: Looks,
        room: Room,
        max_bytes: int,
    ) -> None:
        self._db = database
        self._store = store
        self._secrets = secrets
        self._looks = looks
        self._shelf = Shelf(store, looks, room)
        self._room = room
        self.max_bytes = max_bytes

    def take(self, caller: Caller, receive: Receive) -> UserFile:
        """Keep a file while it is being sent; all of it or nothing.

        Raises:
            whatever `receive` raises
            StorageQuotaUsedUp: there is not so much room left in the account's plan.
            every error of a file that is not taken
            StorageFull, StorageUnavailable
        """
        with self._room.arriving(caller) as arriving:

            def fill(data: BinaryIO) -> Form:
                return self._received(caller, receive, arriving, data)

            return self._shelf.put(caller, fill)

    def look_into(self, data: BinaryIO, size_bytes: int) -> tuple[Sort, Facts]:
        """What a file is, and what it holds, that is not to be kept. Raises as `take`"""
        return self._looks.into(data, size_bytes)

    def page(self, caller: Caller, wanted: FileQuery | None = None) -> FilePage:
        """The caller's files, newest first unless another order is wanted."""
        wanted = wanted or FileQuery()
        mine = [UserFile.user_id == caller.id, UserFile.deleted_at.is_(None), *wanted.conditions()]
        query = select(UserFile).where(*mine).order_by(wanted.order(), UserFile.id)
        page, page_size = wanted.page, wanted.page_size
        with self._db.read() as session:
            total = session.scalar(select(func.count()).select_from(UserFile).where(*mine)) or 0
            files = session.scalars(query.limit(page_size).offset((page - 1) * page_size)).all()
        return FilePage(files, total)

    def get(self, caller: Caller, file_id: str) -> UserFile:
        """Raises FileUnknown, also for a file of somebody else's."""
        return self.many(caller.id, [file_id])[0]

    def many(self, user_id: int, ids: Sequence[str]) -> list[UserFile]:
        """A user's files in the order of their ids, which may repeat.

        Raises:
            FileUnknown: `details` name those that are not there, or not the user's.
        """
        query = select(UserFile).where(
            UserFile.id.in_(set(ids)), UserFile.user_id == user_id, UserFile.deleted_at.is_(None)
        )
        with self._db.read() as session:
            found = {file.id: file for file in session.scalars(query)}
        if missing := [each for each in dict.fromkeys(ids) if each not in found]:
            raise FileUnknown(details={"file_ids": missing})
        return [found[each] for each in ids]

    def of_kind(self, user_id: int, kind: str) -> list[UserFile]:
        """All of a user's files of a kind, newest first."""
        query = select(UserFile).where(
            UserFile.user_id == user_id, UserFile.kind == kind, UserFile.deleted_at.is_(None)
        )
        with self._db.read() as session:
            return list(session.scalars(query.order_by(UserFile.created_at.desc(), UserFile.id)))

    def bring(self, user_id: int, file_id: str, path: Path) -> UserFile:
        """A user's file, its bytes readable at `path`, where they must not be written to. Also of
        a file that was deleted, as long as its bytes are here: a job that was accepted with it
        has it.

        Raises:
            FileUnknown, StorageFull, StorageUnavailable
        """
        with self._db.read() as session:
            file = session.get(UserFile, file_id)
        if file is None or file.user_id != user_id:
            raise FileUnknown(details={"file_ids": [file_id]})
        with _bytes_of(file):
            self._store.bring(file.key or "", path)
        return file

    def content(self, file: UserFile) -> BinaryIO:
        """Raises FileUnknown when the bytes have gone by now, StorageUnavailable"""
        with _bytes_of(file):
            return self._store.open(file.key or "")

    def storage_link(self, file: UserFile, name: str) -> str | None:
        """Where the storage itself hands the file out for some minutes, as a download called
        `name`; None when it must be had from here."""
        return self._store.link(file.key or "", ttl_sec=STORAGE_LINK_SEC, mime=file.mime, name=name)

    def lend(self, caller: Caller, file_id: str, ttl_sec: int) -> Loan:
        """Raises FileUnknown"""
        file = self.get(caller, file_id)
        expires_at = utcnow().replace(microsecond=0) + timedelta(seconds=ttl_sec)
        return Loan(self._secrets.expiring_token(LINK, file.id, expires_at), expires_at)

    def lent(self, file_id: str, token: str) -> UserFile:
        """The file behind a link.

        Raises:
            FileUnknown: the token is not this file's, the file was deleted, or its account is off.
            FileLinkExpired
        """
        expires_at = self._secrets.expiry(LINK, file_id, token)
        query = select(UserFile).join(User, User.id == UserFile.user_id)
        with self._db.read() as session:
            file = session.scalar(query.where(UserFile.id == file_id, User.active))
        if expires_at is None or file is None or file.deleted_at is not None:
            raise FileUnknown
        if expires_at <= utcnow():
            raise FileLinkExpired
        return file

    def withdraw(self, file: UserFile) -> None:
        """Undo `take`: nobody knows the file yet."""
        with self._db.begin() as session:
            session.execute(delete(UserFile).where(UserFile.id == file.id))
        discard(self._store, file.key or "")

    def still_here(self, user_id: int, file_id: str) -> UserFile:
        """A user's file whose bytes are here, also one that was deleted. Raises FileUnknown."""
        with self._db.read() as session:
            file = session.get(UserFile, file_id)
        if file is None or file.user_id != user_id or file.key is None:
            raise FileUnknown(details={"file_ids": [file_id]})
        return file

    def take_back(self, user_id: int, file_id: str) -> UserFile:
        """Undo `let_go` or `delete`, while the bytes are here. Raises FileUnknown."""
        with self._db.begin() as session:
            file = session.get(UserFile, file_id, with_for_update=True)
            if file is None or file.user_id != user_id or file.key is None:
                raise FileUnknown(details={"file_ids": [file_id]})
            file.deleted_at = None
        return file

    def let_go(self, db: Executor, user_id: int, file_id: str) -> None:
        """As `delete`, in somebody's transaction; one that is not there is fine."""
        theirs = (UserFile.id == file_id, UserFile.user_id == user_id)
        shown = update(UserFile).where(*theirs, UserFile.deleted_at.is_(None))
        db.execute(shown.values(deleted_at=utcnow()))

    def delete(self, caller: Caller, file_id: str) -> None:
        """Let nobody see the file any more; its bytes go a day later. Raises FileUnknown"""
        with self._db.begin() as session:
            file = session.get(UserFile, file_id, with_for_update=True)
            if file is None or file.user_id != caller.id or file.deleted_at is not None:
                raise FileUnknown
            file.deleted_at = utcnow()

    def usage(self, caller: Caller) -> Usage:
        return self._room.usage(caller)

    def remove_deleted(self) -> int:
        """Delete the bytes of what was deleted a day ago, and a week later that it ever was; how
        many files lost their bytes.

        Raises:
            StorageUnavailable: bytes that stay are found by their key later.
        """
        now = utcnow()
        query = select(UserFile.id, UserFile.key).where(
            UserFile.deleted_at <= now - DELETED_BYTES_LIVE, UserFile.key.is_not(None)
        )
        with self._db.begin() as session:
            # First its row, which somebody may be about to take back.
            found = session.execute(query.limit(AT_ONCE).with_for_update()).all()
            ids = [file_id for file_id, _ in found]
            session.execute(update(UserFile).where(UserFile.id.in_(ids)).values(key=None))
            forgotten = UserFile.deleted_at <= now - REMEMBERED_AS_DELETED
            session.execute(delete(UserFile).where(forgotten, UserFile.key.is_(None)))
        for _, key in found:
            self._store.delete(str(key))
        return len(found)

    def _received(
        self, caller: Caller, receive: Receive, arriving: Arriving, data: BinaryIO
    ) -> Form:
        left_bytes = self._room.left_bytes(caller)
        try:
            return receive(arriving.within(left_bytes, data), min(self.max_bytes, left_bytes))
        except UploadTooLarge as error:
            if left_bytes < self.max_bytes and "max_bytes" in error.details:
                raise used_up(self._room.usage(caller)) from None
            raise


@contextmanager
def _bytes_of(file: UserFile) -> Iterator[None]:
    """Raises FileUnknown when they have gone by now."""
    try:
        yield
    except (FileNotFoundError, ValueError):
        raise FileUnknown(details={"file_ids": [file.id]}) from None
