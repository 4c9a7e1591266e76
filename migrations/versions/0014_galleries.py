"""galleries: links that are open for a while, and an account's finished photos by their moment"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
HAS_RESULT = sa.text('result_key IS NOT NULL')


def upgrade():
    op.create_table('gallery_link',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.Text(), nullable=False),
    sa.Column('slot_ids', JSON, nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_gallery_link_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gallery_link')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_gallery_link_token_digest'))
    )
    op.create_index(op.f('ix_gallery_link_user_id_closes_at'), 'gallery_link', ['user_id', 'closes_at'], unique=False)
    op.create_index('ix_job_gallery', 'job', ['user_id', 'finished', 'id'], unique=False, postgresql_where=HAS_RESULT, sqlite_where=HAS_RESULT)


def downgrade():
    op.drop_index('ix_job_gallery', table_name='job')
    op.drop_table('gallery_link')
