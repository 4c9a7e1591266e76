"""The tables: made, unmade, and what the models say, on both databases."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from photoai import db
from photoai.app import create_app, services_of
from photoai.config import Config


def test_migrations_go_up_down_and_equal_the_models(database_url: str, config: Config) -> None:
    app = create_app(dataclasses.replace(config, database_url=database_url))
    database = services_of(app).database
    db.upgrade(app)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.Base.metadata) == []
    db.downgrade(app)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    db.upgrade(app)
    services_of(app).prepare()
    assert Path(config.credentials_file).stat().st_mode & 0o777 == 0o600
    services_of(app).shut_down()
