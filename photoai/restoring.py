"""Putting a copy in the embedded database's place.

The copy is checked and brought up to date beside the database, and takes its place in one rename.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from photoai import migrating
from photoai.backups import MOMENT, Backups, Reason, copy_database, told
from photoai.config import Config
from photoai.errors import (
    BackupForeign,
    BackupTooNew,
    ConfigError,
    DatabaseDamaged,
    DatabaseInUse,
    NotEmbedded,
)
from photoai.flushing import flush_files, flush_names

DRAFT = ".restoring.db"
# What SQLite keeps beside a database; played into another one they would ruin it.
COMPANIONS = ("-wal", "-shm", "-journal")


@contextmanager
def draft_of(file: Path, config: Config) -> Iterator[Path]:
    """A checked copy of `file` beside the database, gone at the end unless it took its place; only
    one at a time.

    Raises:
        NotEmbedded, DatabaseDamaged, BackupForeign, BackupTooNew, BackupFailed
        ConfigError: there is no such file.
    """
    if not config.on_sqlite:
        raise NotEmbedded
    if not file.is_file():
        raise ConfigError(f"There is no file {file}.")
    draft = config.sqlite_path.with_name(DRAFT)
    try:
        with told():
            draft.parent.mkdir(parents=True, exist_ok=True)
            _remove(draft)  # somebody was killed over it
            copy_database(file, draft)
        _check_revision(draft)
        yield draft
    finally:
        _remove(draft)


def put_in_place(draft: Path, config: Config) -> Path | None:
    """Let `draft` be the database from now on; where the one before is kept, if there was one.

    Nobody may have either open.

    Raises:
        BackupFailed: the one before could not be kept; it stays.
        DatabaseInUse
    """
    database = config.sqlite_path
    _fold_log(draft)
    kept = _keep(config) if database.exists() else None
    with told():
        _give_to_owner(draft, database)
        flush_files([draft])
        for path in _companions(database):
            path.unlink(missing_ok=True)
        draft.replace(database)
        flush_names([database])
    return kept


def _check_revision(draft: Path) -> None:
    revision = migrating.revision_of(draft)
    if revision is None:
        raise BackupForeign
    if revision not in migrating.known_revisions():
        raise BackupTooNew(details={"revision": revision})


def _keep(config: Config) -> Path:
    try:
        _fold_log(config.sqlite_path)
        return Backups.of(config).take(Reason.BEFORE_RESTORE)
    except DatabaseDamaged:
        return _keep_damaged(config)


def _keep_damaged(config: Config) -> Path:
    """Byte for byte, its log too: somebody may still save something from it."""
    name = f"photoai-{datetime.now(UTC):{MOMENT}}-damaged.db"
    with told():
        for suffix in ("", "-wal"):
            source = Path(f"{config.sqlite_path}{suffix}")
            if source.exists():
                target = config.backups_folder / f"{name}{suffix}"
                shutil.copyfile(source, target)
                target.chmod(0o600)
    return config.backups_folder / name


def _fold_log(database: Path) -> None:
    """Leaving the WAL mode writes the log into the database and takes both companions away;
    SQLite does that only for somebody who is alone (https://sqlite.org/wal.html)."""
    with told(), closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise DatabaseInUse from error
            raise


def _give_to_owner(draft: Path, database: Path) -> None:
    """Whoever restores may be somebody else than the server."""
    model = database if database.exists() else database.parent
    facts = model.stat()
    if os.geteuid() == 0:
        os.chown(draft, facts.st_uid, facts.st_gid)
    if model is database:
        draft.chmod(facts.st_mode & 0o777)


def _remove(database: Path) -> None:
    for path in (database, *_companions(database)):
        path.unlink(missing_ok=True)


def _companions(database: Path) -> list[Path]:
    return [Path(f"{database}{suffix}") for suffix in COMPANIONS]
