"""The tables' revisions. The libraries that migrate are loaded only when there is something to do:
loading them would be a third of every start."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from photoai.config import ROOT, Config

if TYPE_CHECKING:
    from flask import Flask

MIGRATIONS = ROOT / "migrations"


def known_revisions() -> set[str]:
    """Revisions are numbered, and their files named NUMBER_what_they_do.py."""
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py")}


def newest_revision() -> str:
    return max(known_revisions())


def revision_of(path: Path) -> str | None:
    """What a SQLite database is at; None when it is none, or none of ours."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return None
    return str(rows[0][0]) if len(rows) == 1 else None


def is_current(config: Config) -> bool:
    """Whether a database on SQLite is known to need nothing; False says to look properly."""
    return config.on_sqlite and revision_of(config.sqlite_path) == newest_revision()


def upgrade(app: Flask) -> None:
    """Bring the tables up to the newest revision."""
    from flask_migrate import upgrade

    _teach(app)
    with app.app_context():
        upgrade()


def downgrade(app: Flask, revision: str = "base") -> None:
    """Take the tables back to `revision`."""
    from flask_migrate import downgrade

    _teach(app)
    with app.app_context():
        downgrade(revision=revision)


def _teach(app: Flask) -> None:
    from flask_migrate import Migrate

    from photoai.db import db

    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
