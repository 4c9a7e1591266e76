"""How Alembic runs: on the application's own engine, the models as the goal."""

from alembic import context
from flask import current_app

from photoai.db import UtcDateTime

extension = current_app.extensions["migrate"]
database = extension.db


def shown_type(kind, item, autogen):
    """Revisions do not depend on the project's own types."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def is_ours(name, kind, parents):
    """procrastinate's tables have no models of ours."""
    return kind != "table" or not name.startswith("procrastinate_")


with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=is_ours,
        render_item=shown_type,
        **{key: value for key, value in extension.configure_args.items() if key == "version_table"},
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
