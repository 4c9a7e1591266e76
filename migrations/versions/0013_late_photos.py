"""Photos no booth waits for any more, until somebody hands them over."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IN_TRAY = sa.text("late_since IS NOT NULL AND handed_over IS NULL")


def upgrade() -> None:
    for name in ("late_since", "handed_over"):
        op.add_column("job", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_job_late",
        "job",
        ["user_id", "id"],
        postgresql_where=IN_TRAY,
        sqlite_where=IN_TRAY,
    )


def downgrade() -> None:
    op.drop_index("ix_job_late", "job")
    for name in ("handed_over", "late_since"):
        op.drop_column("job", name)
