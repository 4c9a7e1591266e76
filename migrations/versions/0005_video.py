"""accounts with plans and keys, files, and what is remembered of clips and merges"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade():
    op.create_table('known_clip',
    sa.Column('url_digest', sa.Text(), nullable=False),
    sa.Column('etag', sa.Text(), nullable=True),
    sa.Column('last_modified', sa.Text(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('probe', JSON, nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('url_digest', name=op.f('pk_known_clip'))
    )
    op.create_index(op.f('ix_known_clip_seen_at'), 'known_clip', ['seen_at'], unique=False)
    op.create_table('merge_result',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('result_key', sa.Text(), nullable=False),
    sa.Column('facts', JSON, nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_merge_result'))
    )
    op.create_index(op.f('ix_merge_result_used_at'), 'merge_result', ['used_at'], unique=False)
    op.create_table('api_key',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('prefix', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_api_key_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_key_digest'))
    )
    op.create_index(op.f('ix_api_key_user_id'), 'api_key', ['user_id'], unique=False)
    op.create_table('refresh_token',
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_refresh_token_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('jti', name=op.f('pk_refresh_token'))
    )
    op.create_index(op.f('ix_refresh_token_expires_at'), 'refresh_token', ['expires_at'], unique=False)
    op.create_index(op.f('ix_refresh_token_session_id'), 'refresh_token', ['session_id'], unique=False)
    op.create_table('user_file',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('mime', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('probe', JSON, nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_file_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_file'))
    )
    op.create_index(op.f('ix_user_file_deleted_at'), 'user_file', ['deleted_at'], unique=False)
    op.create_index(op.f('ix_user_file_user_id_created_at'), 'user_file', ['user_id', 'created_at'], unique=False)
    has_result = sa.text('result_key IS NOT NULL')
    op.create_index('ix_job_result', 'job', ['result_key'], unique=False, postgresql_where=has_result, sqlite_where=has_result)
    op.add_column('job', sa.Column('error_details', JSON, nullable=True))
    op.add_column('user_account', sa.Column('plan', sa.Text(), server_default='free', nullable=False))
    op.add_column('user_account', sa.Column('active', sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade():
    op.drop_column('user_account', 'active')
    op.drop_column('user_account', 'plan')
    op.drop_column('job', 'error_details')
    op.drop_index('ix_job_result', table_name='job')
    op.drop_index(op.f('ix_user_file_user_id_created_at'), table_name='user_file')
    op.drop_index(op.f('ix_user_file_deleted_at'), table_name='user_file')
    op.drop_table('user_file')
    op.drop_index(op.f('ix_refresh_token_session_id'), table_name='refresh_token')
    op.drop_index(op.f('ix_refresh_token_expires_at'), table_name='refresh_token')
    op.drop_table('refresh_token')
    op.drop_index(op.f('ix_api_key_user_id'), table_name='api_key')
    op.drop_table('api_key')
    op.drop_index(op.f('ix_merge_result_used_at'), table_name='merge_result')
    op.drop_table('merge_result')
    op.drop_index(op.f('ix_known_clip_seen_at'), table_name='known_clip')
    op.drop_table('known_clip')
