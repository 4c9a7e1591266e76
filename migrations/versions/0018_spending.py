"""spending: what photos have cost, and drills"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    op.create_table('spending',
    sa.Column('id', BIG, nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('slot_id', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('usd', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_spending_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spending'))
    )
    op.create_index(op.f('ix_spending_at'), 'spending', ['at'], unique=False)
    op.create_table('drill',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=False),
    sa.Column('photos', sa.Integer(), nullable=False),
    sa.Column('photos_left', sa.Integer(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_drill_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'provider_id', name=op.f('pk_drill'))
    )


def downgrade():
    op.drop_table('drill')
    op.drop_index(op.f('ix_spending_at'), table_name='spending')
    op.drop_table('spending')
