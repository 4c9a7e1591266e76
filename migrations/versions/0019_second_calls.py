"""a job may hold a second place at its provider"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    if op.get_bind().dialect.name == 'sqlite':
        return make_anew('call')
    op.add_column('permit', sa.Column('call', sa.Integer(), server_default='0', nullable=False))
    op.drop_constraint('pk_permit', 'permit', type_='primary')
    op.create_primary_key('pk_permit', 'permit', ['job_id', 'call'])


def downgrade():
    op.execute('DELETE FROM permit')
    if op.get_bind().dialect.name == 'sqlite':
        return make_anew()
    op.drop_constraint('pk_permit', 'permit', type_='primary')
    op.drop_column('permit', 'call')
    op.create_primary_key('pk_permit', 'permit', ['job_id'])


def make_anew(*call):
    """One machine has no permits: its engine counts in memory."""
    op.drop_table('permit')
    op.create_table('permit',
    sa.Column('job_id', BIG, autoincrement=False, nullable=False),
    *(sa.Column(name, sa.Integer(), server_default='0', nullable=False) for name in call),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('pool', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('slot_id', sa.Text(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_permit_job_id_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', *call, name=op.f('pk_permit'))
    )
    op.create_index(op.f('ix_permit_pool'), 'permit', ['pool'], unique=False)
