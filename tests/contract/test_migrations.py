"""The tables: made, unmade, and what the models say, on both databases."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from photoai import db, migrating
from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.models import UserFile
from photoai.services.clock import utcnow
from tests.support.people import add_user


def test_migrations_go_up_down_and_equal_the_models(database_url: str, config: Config) -> None:
    app = create_app(dataclasses.replace(config, database_url=database_url))
    database = services_of(app).database
    migrating.upgrade(app)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_ours}
        )
        assert compare_metadata(context, db.Base.metadata) == []
    migrating.downgrade(app)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    migrating.upgrade(app)
    services_of(app).prepare()
    assert Path(config.credentials_file).stat().st_mode & 0o777 == 0o600
    services_of(app).shut_down()


def test_files_that_are_there_are_found_by_their_names(database_url: str, config: Config) -> None:
    app = create_app(dataclasses.replace(config, database_url=database_url))
    database = services_of(app).database
    migrating.upgrade(app)
    with database.begin() as session:
        file = UserFile(
            id="one", user_id=add_user(session, "somebody").id, name="Наш ОТПУСК.mp4", kind="video",
            mime="video/mp4", size_bytes=1, sha256="", created_at=utcnow(),
        )  # fmt: skip
        session.add(file)
    migrating.downgrade(app, "0007")
    migrating.upgrade(app)
    with database.read() as session:
        assert session.get_one(UserFile, "one").folded_name == "наш отпуск.mp4"
    services_of(app).shut_down()


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or not (name or "").startswith("procrastinate_")


def test_a_start_knows_an_up_to_date_database_without_the_libraries(
    config: Config, tmp_path: Path
) -> None:
    path = tmp_path / "odd näme.db"
    config = dataclasses.replace(config, database_url=f"sqlite:///{path}")
    assert not migrating.is_current(config), "there is none"
    app = create_app(config)
    migrating.upgrade(app)
    assert migrating.is_current(config)
    script = ScriptDirectory(str(migrating.MIGRATIONS))
    assert script.get_heads() == [migrating.newest_revision()]
    with services_of(app).database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not migrating.is_current(config)
    services_of(app).shut_down()
    path.write_bytes(b"no database at all" * 100)
    assert not migrating.is_current(config)
