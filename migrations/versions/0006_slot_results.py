"""The newest results of one slot among all of an operator's jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

HAS_SLOT = sa.text("slot_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_job_slot",
        "job",
        ["user_id", "slot_id", "id"],
        postgresql_where=HAS_SLOT,
        sqlite_where=HAS_SLOT,
    )


def downgrade() -> None:
    op.drop_index("ix_job_slot", "job")
