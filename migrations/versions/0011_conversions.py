"""conversions: those that were ordered together; callers without an account"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
USERS = sa.table('user_account', sa.column('role', sa.Text))
OF_GUESTS = sa.text("role = 'guest'")


def upgrade():
    op.create_table('conversion_batch',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('job_ids', JSON, nullable=False),
    sa.Column('rejected', JSON, nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('request_digest', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_conversion_batch_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversion_batch')),
    sa.UniqueConstraint('user_id', 'idempotency_key', name=op.f('uq_conversion_batch_user_id_idempotency_key'))
    )
    op.create_index(op.f('ix_conversion_batch_created_at'), 'conversion_batch', ['created_at'], unique=False)
    op.create_index('ix_user_account_guests', 'user_account', ['created_at'], unique=False, postgresql_where=OF_GUESTS, sqlite_where=OF_GUESTS)


def downgrade():
    op.drop_index('ix_user_account_guests', table_name='user_account')
    op.drop_table('conversion_batch')
    # What came before knows no such role, and nobody can sign in as one.
    op.execute(sa.delete(USERS).where(USERS.c.role == 'guest'))
