"""What was done for tasks, step by step; an account's jobs besides its photos."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
NO_PHOTO = sa.text("kind <> 'photo'")


def upgrade() -> None:
    op.create_table(
        "operation_log",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("task_id", BIG_KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("operation_type", sa.Text(), nullable=False),
        sa.Column("duration_sec", sa.Double(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("error_details", JSON, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["job.id"], name=op.f("fk_operation_log_task_id_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_log")),
    )
    op.create_index(op.f("ix_operation_log_task_id"), "operation_log", ["task_id"])
    op.create_index(op.f("ix_operation_log_timestamp"), "operation_log", ["timestamp"])
    op.create_index(
        "ix_job_no_photo", "job", ["user_id", "id"], postgresql_where=NO_PHOTO, sqlite_where=NO_PHOTO
    )


def downgrade() -> None:
    op.drop_index("ix_job_no_photo", table_name="job")
    op.drop_index(op.f("ix_operation_log_timestamp"), table_name="operation_log")
    op.drop_index(op.f("ix_operation_log_task_id"), table_name="operation_log")
    op.drop_table("operation_log")
