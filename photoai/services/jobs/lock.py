"""The engine lock: of all web processes on one database, one runs the jobs."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from photoai.config import Config
from photoai.db import Database

ADVISORY_KEY = 0x70686F746F616900  # "photoai\0"


TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")


class EngineLock(Protocol):
    def acquire(self) -> bool:
        """Take the lock without waiting; whether it is ours now."""

    def held(self) -> bool:
        """Whether what was acquired is still ours."""

    def release(self) -> None: ...


class FileLock:
    """flock on a file: the kernel gives it back when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @classmethod
    def of(cls, config: Config) -> FileLock:
        """The one lock of this installation."""
        return cls(config.path("instance_dir") / "engine.lock")

    def acquire(self) -> bool:
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLock:
    """pg_try_advisory_lock on a connection of its own: it ends with the connection."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._connection: Any = None

    def acquire(self) -> bool:
        if self._connection is not None:
            return True
        connection = self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            ours = connection.scalar(TRY_LOCK, {"key": ADVISORY_KEY})
        except SQLAlchemyError:
            connection.close()
            raise
        if ours:
            self._connection = connection
        else:
            connection.close()
        return bool(ours)

    def held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.scalar(text("SELECT 1"))
        except SQLAlchemyError:
            self.release()
            return False
        return True

    def release(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
