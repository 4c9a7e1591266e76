"""a slot's versions: what it was, since when, by whom"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade():
    op.create_table('slot_version',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('slot_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_by', sa.Text(), nullable=False),
    sa.Column('restored_from', sa.Integer(), nullable=True),
    sa.Column('content', JSON, nullable=False),
    sa.ForeignKeyConstraint(['user_id', 'slot_id'], ['slot.user_id', 'slot.id'], name=op.f('fk_slot_version_user_id_slot_id_slot'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'slot_id', 'version', name=op.f('pk_slot_version'))
    )


def downgrade():
    op.drop_table('slot_version')
