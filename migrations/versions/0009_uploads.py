"""uploads that come in parts; files are found by their names"""

import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
FILES = sa.table('user_file', sa.column('id', sa.Text), sa.column('name', sa.Text), sa.column('folded_name', sa.Text))


def upgrade():
    op.create_table('upload',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('received_bytes', sa.BigInteger(), nullable=False),
    sa.Column('opened_with', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=True),
    sa.Column('claim', sa.Text(), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('file_id', sa.Text(), nullable=True),
    sa.Column('refusal', JSON, nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_upload_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload'))
    )
    op.create_index(op.f('ix_upload_expires_at'), 'upload', ['expires_at'], unique=False)
    op.create_index(op.f('ix_upload_user_id_expires_at'), 'upload', ['user_id', 'expires_at'], unique=False)
    op.create_table('upload_part',
    sa.Column('upload_id', sa.Text(), nullable=False),
    sa.Column('first', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['upload_id'], ['upload.id'], name=op.f('fk_upload_part_upload_id_upload'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('upload_id', 'first', name=op.f('pk_upload_part'))
    )
    op.add_column('user_file', sa.Column('folded_name', sa.Text(), server_default='', nullable=False))
    connection = op.get_bind()
    for file_id, name in connection.execute(sa.select(FILES.c.id, FILES.c.name)).all():
        folded = unicodedata.normalize('NFKC', name).casefold()
        connection.execute(sa.update(FILES).where(FILES.c.id == file_id).values(folded_name=folded))


def downgrade():
    op.drop_column('user_file', 'folded_name')
    op.drop_table('upload_part')
    op.drop_index(op.f('ix_upload_user_id_expires_at'), table_name='upload')
    op.drop_index(op.f('ix_upload_expires_at'), table_name='upload')
    op.drop_table('upload')
