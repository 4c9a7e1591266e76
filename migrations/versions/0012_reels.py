"""reels: what was measured and said of videos, what it cost, what lies at a provider"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
INDEXES = (
    ('reel', ('pictures_key',)), ('reel', ('made_at',)),
    ('reel_call', ('user_id', 'at')), ('reel_call', ('at',)),
    ('remote_file', ('job_id',)), ('remote_file', ('created_at',)),
    ('known_analysis', ('job_id',)), ('known_analysis', ('at',)),
)


def upgrade():
    op.create_table('reel',
    sa.Column('job_id', KEY, autoincrement=False, nullable=False),
    sa.Column('facts', JSON, nullable=True),
    sa.Column('pictures_key', sa.Text(), nullable=True),
    sa.Column('analysis', JSON, nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_reel_job_id_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', name=op.f('pk_reel'))
    )
    op.create_table('reel_call',
    sa.Column('id', KEY, nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('usage', JSON, nullable=False),
    sa.Column('cost_usd', sa.Double(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_reel_call_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reel_call'))
    )
    op.create_table('remote_file',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_remote_file'))
    )
    op.create_table('known_analysis',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('answer', JSON, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_known_analysis'))
    )
    for table, columns in INDEXES:
        op.create_index(op.f(f'ix_{table}_{"_".join(columns)}'), table, list(columns), unique=False)


def downgrade():
    for table in ('known_analysis', 'remote_file', 'reel_call', 'reel'):
        op.drop_table(table)
