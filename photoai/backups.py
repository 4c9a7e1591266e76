"""Copies of the embedded database, made while it is in use.

SQLite's online backup (https://sqlite.org/backup.html) reads one snapshot: whoever writes meanwhile
is not held up, and is not in it. Nothing here waits in Python, so that it may run in any thread.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from photoai import migrating
from photoai.config import Config
from photoai.errors import BackupFailed, DatabaseDamaged, NotEmbedded
from photoai.flushing import flush_files, flush_names

# So many are copied at a time: in between Ctrl-C is heard.
STEP_PAGES = 2048
# Up to here every index is compared with its table; that takes too long for more.
THOROUGH_MAX_BYTES = 500_000_000
MOMENT = "%Y%m%d-%H%M%S"  # UTC
NAME = re.compile(r"photoai-(\d{8}-\d{6})-(\w+)-([a-z-]+)\.db", re.ASCII)
ABANDONED_SEC = 3600.0
NO_REVISION = "none"


class Reason(StrEnum):
    DAILY = "daily"
    BEFORE_MIGRATION = "before-migration"
    BEFORE_RESTORE = "before-restore"
    MANUAL = "manual"


@dataclass(frozen=True)
class Backup:
    """A whole copy, as its name tells."""

    path: Path
    made: datetime
    revision: str
    reason: str


class Backups:
    def __init__(self, database: Path, folder: Path, kept: int) -> None:
        self._database = database
        self._folder = folder
        self._kept = kept

    @classmethod
    def of(cls, config: Config) -> Backups:
        """Raises NotEmbedded."""
        if not config.on_sqlite:
            raise NotEmbedded
        return cls(config.sqlite_path, config.backups_folder, config.backups_kept)

    def take(self, reason: Reason) -> Path:
        """Add a copy to the folder, then let go of those beyond the number kept for its reason.

        Raises:
            BackupFailed: there is no room, or the database cannot be read.
            DatabaseDamaged
        """
        with told():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self._folder / self._name(reason)
        self.copy_to(target)
        self._let_go(reason, target)
        return target

    def copy_to(self, target: Path) -> None:
        """Make one copy under a name of one's own. Raises as `take`."""
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        with told():
            try:
                copy_database(self._database, draft)
                draft.replace(target)
                flush_names([target])
            finally:
                draft.unlink(missing_ok=True)

    def kept(self) -> list[Backup]:
        """All there are, the newest first."""
        found = map(_read_name, self._folder.iterdir() if self._folder.is_dir() else ())
        return sorted(filter(None, found), key=lambda each: each.made, reverse=True)

    def _name(self, reason: Reason) -> str:
        revision = migrating.revision_of(self._database) or NO_REVISION
        return f"photoai-{datetime.now(UTC):{MOMENT}}-{revision}-{reason}.db"

    def _let_go(self, reason: Reason, newest: Path) -> None:
        """Only here, where a good copy has just been added; that one stays whatever the clock said
        when the others were made."""
        others = [each for each in self.kept() if each.reason == reason and each.path != newest]
        for each in others[self._kept - 1 :]:
            each.path.unlink(missing_ok=True)
        for draft in self._folder.glob(".*.part*"):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < time.time() - ABANDONED_SEC:
                    draft.unlink()


def before_migration(config: Config) -> Path | None:
    """Keep what a migration is about to change, if there is anything; the copy.

    Raises:
        BackupFailed, DatabaseDamaged: do not migrate.
    """
    if not config.on_sqlite or migrating.is_current(config):
        return None
    with suppress(FileNotFoundError):
        if config.sqlite_path.stat().st_size:
            return Backups.of(config).take(Reason.BEFORE_MIGRATION)
    return None


def copy_database(source: Path, target: Path) -> None:
    """The database as one file that needs no log beside it, whole and on the disk when this
    returns; readable by its owner alone.

    Raises:
        DatabaseDamaged
        OSError, sqlite3.Error: it could not be read or written.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(target, isolation_level=None)) as here,
    ):
        there.isolation_level = None
        # A snapshot held open: otherwise every write to the source would begin the copy anew.
        there.execute("BEGIN")
        there.execute("SELECT 1 FROM sqlite_master").fetchone()
        here.execute("PRAGMA journal_mode=OFF")  # half a copy is thrown away, never mended
        here.execute("PRAGMA synchronous=OFF")
        there.backup(here, pages=STEP_PAGES)
        here.execute("PRAGMA journal_mode=DELETE")  # the source's WAL mode was copied too
        check_whole(here, target.stat().st_size)
    flush_files([target])


def check_whole(connection: sqlite3.Connection, size_bytes: int) -> None:
    """Raises DatabaseDamaged."""
    look = "integrity_check" if size_bytes <= THOROUGH_MAX_BYTES else "quick_check"
    found = connection.execute(f"PRAGMA {look}(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseDamaged(details={"found": found})


@contextmanager
def told() -> Iterator[None]:
    """What the disk and SQLite say, in our words."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise BackupFailed(details={"reason": str(error)}) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(details={"found": str(error)}) from error


def _read_name(path: Path) -> Backup | None:
    found = NAME.fullmatch(path.name)
    if found is None:
        return None
    made, revision, reason = found.groups()
    try:
        moment = datetime.strptime(made, MOMENT).replace(tzinfo=UTC)
    except ValueError:  # somebody else's name after all
        return None
    return Backup(path, moment, revision, reason)
