"""How much of its plan's room an account's files take, also when many arrive at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import StorageQuotaUsedUp, Unauthorized
from photoai.models import User, UserFile
from photoai.services.accounts import Caller

# Files that were deleted stay for a day: with them an account may take so many times its room.
WITH_DELETED = 2


@dataclass(frozen=True)
class Usage:
    """Files that are not deleted; `kept_bytes` counts those whose bytes are still here too."""

    files: int
    size_bytes: int
    kept_bytes: int
    limit_bytes: int

    @property
    def left_bytes(self) -> int:
        behind = WITH_DELETED * self.limit_bytes - self.kept_bytes
        return min(self.limit_bytes - self.size_bytes, behind)


class Room:
    """`limit_bytes` says how much an account's files may take."""

    def __init__(self, database: Database, limit_bytes: Callable[[Caller], int]) -> None:
        self._db = database
        self._limit_bytes = limit_bytes

    def usage(self, caller: Caller) -> Usage:
        with self._db.read() as session:
            return self._counted(session, caller)

    def left_bytes(self, caller: Caller) -> int:
        """How large one more file may be. Raises StorageQuotaUsedUp when none may."""
        usage = self.usage(caller)
        if usage.left_bytes <= 0:
            raise used_up(usage)
        return usage.left_bytes

    def enter(self, caller: Caller, file: UserFile) -> None:
        """Write the file's row, one after the other for each account.

        Raises:
            StorageQuotaUsedUp: others came before it.
            Unauthorized: the account is gone.
        """
        with self._db.begin() as session:
            if session.get(User, caller.id, with_for_update=True) is None:
                raise Unauthorized
            usage = self._counted(session, caller)
            if file.size_bytes > usage.left_bytes:
                raise used_up(usage, file.size_bytes)
            session.add(file)

    def _counted(self, session: Session, caller: Caller) -> Usage:
        shown, size = UserFile.deleted_at.is_(None), func.sum(UserFile.size_bytes)
        query = select(
            func.count().filter(shown), size.filter(shown), size.filter(UserFile.key.is_not(None))
        ).where(UserFile.user_id == caller.id)
        files, size_bytes, kept_bytes = session.execute(query).one()
        return Usage(files, int(size_bytes or 0), int(kept_bytes or 0), self._limit_bytes(caller))


def used_up(usage: Usage, size_bytes: int | None = None) -> StorageQuotaUsedUp:
    """With the numbers a person needs to make room."""
    about = {"used_bytes": usage.size_bytes, "limit_bytes": usage.limit_bytes}
    if size_bytes is not None:
        about["size_bytes"] = size_bytes
    return StorageQuotaUsedUp(details=about | {"left_bytes": max(0, usage.left_bytes)})
