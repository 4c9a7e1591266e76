"""A copy takes the database's place whole, or nothing has changed."""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from photoai import __main__ as commands
from photoai import migrating, restoring
from photoai.app import services_of
from photoai.backups import Backups, Reason
from photoai.config import Config
from photoai.errors import (
    BackupForeign,
    BackupTooNew,
    ConfigError,
    DatabaseDamaged,
    DatabaseInUse,
    PhotoaiError,
)
from photoai.services.jobs import FileLock

pytestmark = pytest.mark.slow

NAME_SLOT = "UPDATE slot SET name = ? WHERE id = 'slot-001'"


@pytest.fixture
def config(prepared: Path, tmp_path: Path, config: Config) -> Config:
    """Of an installation that nobody uses."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return config


def restore(config: Config, file: Path, *, yes: bool = True) -> int:
    return commands.restore(config, argparse.Namespace(file=file, yes=yes))


def change(path: Path, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def name_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM slot WHERE id = 'slot-001'").fetchall()
    return str(names[0][0])


def files(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


@pytest.fixture
def copy(config: Config) -> Path:
    """A copy of a moment when slot-001 had another name than now."""
    change(config.sqlite_path, NAME_SLOT, "before")
    path = Backups.of(config).take(Reason.MANUAL)
    change(config.sqlite_path, NAME_SLOT, "now")
    return path


def test_what_was_there_comes_back_and_what_was_replaced_is_kept(
    config: Config, copy: Path
) -> None:
    config.sqlite_path.chmod(0o640)
    config.sqlite_path.with_name(restoring.DRAFT).write_bytes(b"of one who was killed")
    assert restore(config, copy) == 0
    assert name_in(config.sqlite_path) == "before"
    assert config.sqlite_path.stat().st_mode & 0o777 == 0o640, "as it was"
    [kept] = [each for each in Backups.of(config).kept() if each.reason == "before-restore"]
    assert name_in(kept.path) == "now"
    assert restore(config, kept.path) == 0, "there is a way back"
    assert name_in(config.sqlite_path) == "now"
    assert not list(config.instance_dir.glob(f"{restoring.DRAFT}*"))


def test_a_log_left_by_the_old_database_is_not_played_into_the_new(
    config: Config, copy: Path
) -> None:
    """The server was killed: its last writes stand in the log alone."""
    log = Path(f"{config.sqlite_path}-wal")
    with closing(sqlite3.connect(config.sqlite_path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(NAME_SLOT, ("in the log",))
        connection.commit()
        left_behind = {path: path.read_bytes() for path in (config.sqlite_path, log)}
    for path, content in left_behind.items():
        path.write_bytes(content)
    assert b"in the log" in log.read_bytes()
    assert restore(config, copy) == 0
    assert name_in(config.sqlite_path) == "before"
    [kept] = [each for each in Backups.of(config).kept() if each.reason == "before-restore"]
    assert name_in(kept.path) == "in the log"


def test_a_log_without_its_database_is_not_played_either(config: Config, copy: Path) -> None:
    log = Path(f"{config.sqlite_path}-wal")
    with closing(sqlite3.connect(config.sqlite_path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(NAME_SLOT, ("in the log",))
        connection.commit()
        left_behind = log.read_bytes()
    config.sqlite_path.unlink()
    log.write_bytes(left_behind)
    assert restore(config, copy) == 0
    assert name_in(config.sqlite_path) == "before"
    assert config.sqlite_path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_database_is_kept_byte_for_byte(config: Config, copy: Path) -> None:
    config.sqlite_path.write_bytes(b"no database at all" * 1000)
    assert restore(config, copy) == 0
    assert name_in(config.sqlite_path) == "before"
    [kept] = config.backups_folder.glob("*-damaged.db")
    assert kept.read_bytes() == b"no database at all" * 1000
    assert kept.stat().st_mode & 0o777 == 0o600


def test_an_older_revision_is_brought_up_to_date(app: Flask, config: Config) -> None:
    change(config.sqlite_path, NAME_SLOT, "before")
    migrating.downgrade(app, "0003")
    services_of(app).database.dispose()
    old = Backups.of(config).take(Reason.MANUAL)
    migrating.upgrade(app)
    services_of(app).database.dispose()
    assert restore(config, old) == 0
    assert migrating.is_current(config)
    assert name_in(config.sqlite_path) == "before"
    assert migrating.revision_of(old) == "0003", "the copy itself stays what it was"


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def foreign(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE somebody_elses (n INTEGER)")


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (cut, DatabaseDamaged),
        (lambda path: path.write_bytes(b"GIF89a" * 1000), DatabaseDamaged),
        (lambda path: path.write_bytes(b""), BackupForeign),
        (foreign, BackupForeign),
        (lambda path: change(path, "UPDATE alembic_version SET version_num = '9'"), BackupTooNew),
        (Path.unlink, ConfigError),
    ],
    ids=["cut", "no database", "empty", "somebody else's", "of tomorrow", "not there"],
)
def test_a_file_that_is_no_good_is_refused_and_nothing_changes(
    config: Config, copy: Path, spoil: Callable[[Path], None], refusal: type[PhotoaiError]
) -> None:
    bad = Path(shutil.copy(copy, config.instance_dir / "bad"))
    spoil(bad)
    (config.instance_dir / "engine.lock").touch()
    before = files(config.instance_dir), files(config.backups_folder)
    with pytest.raises(refusal):
        restore(config, bad)
    assert (files(config.instance_dir), files(config.backups_folder)) == before


def test_it_is_refused_while_the_server_runs(config: Config, copy: Path) -> None:
    server = FileLock.of(config)
    assert server.acquire()
    with pytest.raises(DatabaseInUse):
        restore(config, copy)
    server.release()
    assert name_in(config.sqlite_path) == "now"


def test_it_is_refused_while_anybody_else_has_the_database_open(config: Config, copy: Path) -> None:
    with closing(sqlite3.connect(config.sqlite_path)) as somebody:
        somebody.execute("PRAGMA journal_mode=WAL")
        with pytest.raises(DatabaseInUse):
            restore(config, copy)
    assert name_in(config.sqlite_path) == "now"
    assert restore(config, copy) == 0


def test_nobody_who_can_answer_means_no(config: Config, copy: Path) -> None:
    assert restore(config, copy, yes=False) == 1
    assert name_in(config.sqlite_path) == "now"
