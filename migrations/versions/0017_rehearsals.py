"""rehearsals: what an operator looked at before an event, and what came of it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade():
    op.create_table('rehearsal_row',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('look', sa.Text(), nullable=True),
    sa.Column('alive_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('light', sa.Text(), nullable=True),
    sa.Column('said', JSON, nullable=True),
    sa.Column('ms', sa.Integer(), nullable=True),
    sa.Column('job_id', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_rehearsal_row_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'id', name=op.f('pk_rehearsal_row'))
    )
    op.create_index(op.f('ix_rehearsal_row_look'), 'rehearsal_row', ['look'], unique=False)


def downgrade():
    op.drop_table('rehearsal_row')
