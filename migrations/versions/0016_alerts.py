"""alerts, summaries of the day, and webhooks that are not about a job"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
PENDING = sa.text("state = 'pending'")


def upgrade():
    op.create_table('alert',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('most', sa.Double(), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_alert_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'kind', 'subject', name=op.f('pk_alert'))
    )
    op.create_table('summary_plan',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('webhook_url', sa.Text(), nullable=False),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_summary_plan_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_summary_plan'))
    )
    _let_job_be_missing(True)


def downgrade():
    op.execute('DELETE FROM webhook_delivery WHERE job_id IS NULL')
    _let_job_be_missing(False)
    op.drop_table('summary_plan')
    op.drop_table('alert')


def _let_job_be_missing(may_be):
    """SQLite makes the table anew, and with the old one all its tries would go."""
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column('webhook_delivery', 'job_id', existing_type=ID, nullable=may_be)
        return
    op.execute('CREATE TEMPORARY TABLE kept_try AS SELECT * FROM webhook_try')
    op.drop_index('ix_webhook_delivery_pending', table_name='webhook_delivery')
    with op.batch_alter_table('webhook_delivery', schema=None) as batch_op:
        batch_op.alter_column('job_id', existing_type=ID, nullable=may_be)
    op.create_index('ix_webhook_delivery_pending', 'webhook_delivery', ['next_try_at'], unique=False, postgresql_where=PENDING, sqlite_where=PENDING)
    op.execute('DELETE FROM webhook_try')
    op.execute('INSERT INTO webhook_try SELECT * FROM kept_try')
    op.execute('DROP TABLE kept_try')
