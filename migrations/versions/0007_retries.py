"""when jobs were tried again by their owners"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    op.create_table('job_retry',
    sa.Column('id', BIG_KEY, nullable=False),
    sa.Column('job_id', BIG_KEY, nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_job_retry_job_id_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_retry'))
    )
    op.create_index(op.f('ix_job_retry_job_id'), 'job_retry', ['job_id'], unique=False)
    op.create_index(op.f('ix_job_retry_user_id_at'), 'job_retry', ['user_id', 'at'], unique=False)


def downgrade():
    op.drop_index(op.f('ix_job_retry_user_id_at'), table_name='job_retry')
    op.drop_index(op.f('ix_job_retry_job_id'), table_name='job_retry')
    op.drop_table('job_retry')
