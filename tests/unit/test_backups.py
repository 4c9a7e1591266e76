"""Copies of the embedded database: whole, private, few, and there before it changes."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from photoai import backups, migrating
from photoai.app import services_of
from photoai.backups import MOMENT, Backups, Reason
from photoai.config import ROOT, Config
from photoai.errors import BackupFailed, ConfigError, DatabaseDamaged, NotEmbedded
from photoai.services.backups import DailyBackup
from photoai.services.metrics import Metrics
from tests.support.waiting import wait_until

NEWEST = migrating.newest_revision()
# In each transaction both tables get a row: a copy with more in one of them is none of a moment.
PAIR = ("CREATE TABLE one (n INTEGER)", "CREATE TABLE two (n INTEGER)")


@pytest.fixture
def copies(app: Flask, config: Config) -> Backups:
    """Of a migrated database that an application has open."""
    with services_of(app).database.begin():
        pass
    return Backups.of(config)


def ask(path: Path, question: str) -> object:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchone()[0]


@contextmanager
def somebody_writing(path: Path) -> Iterator[Callable[[], int]]:
    """Pairs of rows, as fast as they go; how many are written."""
    written, enough = [0], threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
            while not enough.is_set():
                written[0] += 1
                connection.execute("BEGIN IMMEDIATE")
                for table in ("one", "two"):
                    connection.execute(f"INSERT INTO {table} VALUES (?)", (written[0],))
                connection.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield lambda: written[0]
    finally:
        enough.set()
        writer.join()


def test_a_copy_made_while_others_write_is_one_moment(copies: Backups, config: Config) -> None:
    with closing(sqlite3.connect(config.sqlite_path, isolation_level=None)) as connection:
        for statement in PAIR:
            connection.execute(statement)
        # More pages than one step copies, so that there is a meanwhile.
        connection.execute("CREATE TABLE ballast AS SELECT zeroblob(20000000) AS empty")
        with somebody_writing(config.sqlite_path) as written:
            wait_until(lambda: written() > 5)
            before = written()
            path = copies.take(Reason.MANUAL)
            assert written() > before, "nobody was held up"
    assert ask(path, "PRAGMA integrity_check") == "ok"
    assert ask(path, "SELECT max(n) FROM one") == ask(path, "SELECT max(n) FROM two")
    assert ask(path, "SELECT count(*) FROM one") == ask(path, "SELECT max(n) FROM one")
    assert before - 1 <= ask(path, "SELECT max(n) FROM one") <= written()


def test_a_copy_is_one_private_file_named_after_its_moment_revision_and_reason(
    copies: Backups,
) -> None:
    path = copies.take(Reason.MANUAL)
    assert [each.name for each in path.parent.iterdir()] == [path.name], "no log, no draft"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    [kept] = copies.kept()
    assert (kept.path, kept.revision, kept.reason) == (path, NEWEST, "manual")
    assert abs(datetime.now(UTC) - kept.made) < timedelta(minutes=1)


def named(config: Config, age: timedelta, reason: Reason) -> Path:
    """An older copy, as far as its name tells."""
    moment = datetime.now(UTC) - age
    path = config.backups_folder / f"photoai-{moment:{MOMENT}}-{NEWEST}-{reason}.db"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    return path


def test_so_many_are_kept_for_each_reason(app: Flask, config: Config) -> None:
    config = dataclasses.replace(config, backups_kept=3)
    daily = [named(config, timedelta(days=n), Reason.DAILY) for n in range(1, 6)]
    others = [named(config, timedelta(days=n), Reason.MANUAL) for n in range(1, 6)]
    foreign = config.backups_folder / "photoai-of-last-year.db"
    foreign.write_bytes(b"")
    newest = Backups.of(config).take(Reason.DAILY)
    there = set(config.backups_folder.iterdir())
    assert there == {newest, *daily[:2], *others, foreign}


def test_the_one_just_made_stays_when_the_clock_was_ahead(app: Flask, config: Config) -> None:
    config = dataclasses.replace(config, backups_kept=1)
    tomorrow = named(config, -timedelta(days=1), Reason.DAILY)
    newest = Backups.of(config).take(Reason.DAILY)
    assert newest.exists()
    assert not tomorrow.exists()
    with pytest.raises(ConfigError, match="BACKUPS_KEPT"):
        Config.from_environ({"BACKUPS_KEPT": "0"})


def test_what_a_killed_process_left_half_made_goes_later(copies: Backups, config: Config) -> None:
    config.backups_folder.mkdir()
    old, new = (config.backups_folder / f".photoai-{name}.db.1.part" for name in ("old", "new"))
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    copies.take(Reason.MANUAL)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_damaged_database_gives_no_copy_and_costs_none(copies: Backups, config: Config) -> None:
    good = copies.take(Reason.MANUAL)
    config.sqlite_path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(DatabaseDamaged):
        Backups.of(dataclasses.replace(config, backups_kept=1)).take(Reason.MANUAL)
    assert list(config.backups_folder.iterdir()) == [good]


def test_before_a_migration_what_is_there_is_kept(app: Flask, config: Config) -> None:
    assert backups.before_migration(config) is None, "it is up to date"
    migrating.downgrade(app, "0003")
    path = backups.before_migration(config)
    assert path
    assert path.name.endswith("-0003-before-migration.db")
    assert ask(path, "SELECT version_num FROM alembic_version") == "0003"
    new = dataclasses.replace(config, database_url=f"sqlite:///{config.instance_dir}/new.db")
    assert backups.before_migration(new) is None, "there is none yet"


def test_postgresql_is_left_to_its_own_tools(config: Config) -> None:
    elsewhere = dataclasses.replace(config, database_url="postgres://a:b@c/d")
    with pytest.raises(NotEmbedded, match="pg_dump"):
        Backups.of(elsewhere)
    assert backups.before_migration(elsewhere) is None
    assert DailyBackup(elsewhere, Metrics()).make_up() is None


def test_a_day_that_was_missed_is_made_up_for_once(copies: Backups, config: Config) -> None:
    named(config, timedelta(days=3), Reason.DAILY)
    path = DailyBackup(config, Metrics()).make_up()
    assert path
    assert path.exists()
    assert DailyBackup(config, Metrics()).make_up() is None, "also after a restart"
    path.rename(named(config, timedelta(hours=23), Reason.DAILY))
    assert DailyBackup(config, Metrics()).make_up() is None
    named(config, timedelta(hours=23), Reason.DAILY).rename(
        named(config, timedelta(hours=25), Reason.DAILY)
    )
    assert DailyBackup(config, Metrics()).make_up()


def test_a_daily_copy_that_fails_is_not_tried_again_at_once(app: Flask, config: Config) -> None:
    config.backups_folder.write_bytes(b"a file where the folder should be")
    daily = DailyBackup(config, Metrics())
    with pytest.raises(BackupFailed):
        daily.make_up()
    assert daily.make_up() is None


def limited(size_bytes: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def migrate(config: Config, size_bytes: int) -> subprocess.CompletedProcess[str]:
    """By the command, on a disk that takes no more than so much in one file."""
    settings = ("instance_dir", "database_url", "media_root", "credentials_file")
    return subprocess.run(
        [sys.executable, "-m", "photoai", "migrate"],
        cwd=ROOT,
        env=os.environ | {name.upper(): str(getattr(config, name)) for name in settings},
        preexec_fn=limited(size_bytes),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
def test_a_full_disk_stops_the_migration_and_says_why(app: Flask, config: Config) -> None:
    migrating.downgrade(app, "0003")
    services_of(app).database.dispose()
    refused = migrate(config, config.sqlite_path.stat().st_size // 2)
    assert refused.returncode == 1
    sentence, _, details = refused.stderr.strip().partition("{")
    assert sentence.strip() == f"photoai: {BackupFailed.explain()}"
    assert json.loads("{" + details)["reason"]
    assert migrating.revision_of(config.sqlite_path) == "0003"
    assert list(config.backups_folder.iterdir()) == []

    done = migrate(config, resource.RLIM_INFINITY)
    assert done.returncode == 0, done.stderr
    assert migrating.is_current(config)
    [kept] = Backups.of(config).kept()
    assert str(kept.path) in done.stderr
    assert (kept.revision, kept.reason) == ("0003", "before-migration")
