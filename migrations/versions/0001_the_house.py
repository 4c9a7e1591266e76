"""the house"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade():
    if op.get_bind().dialect.name == 'postgresql':
        # The one counter over all jobs' changes; SQLite's single writer counts without one.
        op.execute(sa.text('CREATE SEQUENCE job_version'))
    op.create_table('setting',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('value', JSON, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_setting'))
    )
    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('tokens_valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ingest_password_digest', sa.Text(), nullable=True),
    sa.Column('ingest_password_seed', sa.Text(), nullable=True),
    sa.Column('ingest_password_changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('email', name=op.f('uq_user_account_email')),
    sa.UniqueConstraint('username', name=op.f('uq_user_account_username'))
    )
    op.create_table('job',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public_id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=True),
    sa.Column('slot_id', sa.Text(), nullable=True),
    sa.Column('params', JSON, nullable=False),
    sa.Column('input_key', sa.Text(), nullable=True),
    sa.Column('result_key', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('crash_count', sa.Integer(), nullable=False),
    sa.Column('max_attempts', sa.Integer(), nullable=False),
    sa.Column('run_after', sa.DateTime(timezone=True), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancel_requested', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('progress', sa.Double(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=True),
    sa.Column('eta_sec', sa.Double(), nullable=True),
    sa.Column('result', JSON, nullable=True),
    sa.Column('error_code', sa.Text(), nullable=True),
    sa.Column('error_text', sa.Text(), nullable=True),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('engine_job_id', sa.BigInteger(), nullable=True),
    sa.Column('created', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_job_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('public_id', name=op.f('uq_job_public_id')),
    sa.UniqueConstraint('user_id', 'idempotency_key', name=op.f('uq_job_user_id_idempotency_key'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index('ix_job_input_key', ['created'], unique=False, postgresql_where=sa.text('input_key IS NOT NULL'), sqlite_where=sa.text('input_key IS NOT NULL'))
        batch_op.create_index('ix_job_queued', ['id'], unique=False, postgresql_where=sa.text("state = 'queued'"), sqlite_where=sa.text("state = 'queued'"))
        batch_op.create_index('ix_job_result_key', ['finished'], unique=False, postgresql_where=sa.text('result_key IS NOT NULL'), sqlite_where=sa.text('result_key IS NOT NULL'))
        batch_op.create_index('ix_job_running', ['lease_until'], unique=False, postgresql_where=sa.text("state = 'running'"), sqlite_where=sa.text("state = 'running'"))
        batch_op.create_index(batch_op.f('ix_job_user_id_id'), ['user_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_version'), ['version'], unique=False)

    op.create_table('media_object',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=True),
    sa.Column('path', sa.Text(), nullable=True),
    sa.Column('mime', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_media_object_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media_object'))
    )
    with op.batch_alter_table('media_object', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_media_object_expires_at'), ['expires_at'], unique=False)

    op.create_table('revoked_token',
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_revoked_token_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('jti', name=op.f('pk_revoked_token'))
    )
    with op.batch_alter_table('revoked_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_revoked_token_expires_at'), ['expires_at'], unique=False)

    op.create_table('slot',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=True),
    sa.Column('operation_id', sa.Text(), nullable=True),
    sa.Column('settings_json', JSON, nullable=False),
    sa.Column('ladder', JSON, nullable=True),
    sa.Column('client_profile', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_reset_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_slot_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'id', name=op.f('pk_slot'))
    )
    op.create_table('job_attempt',
    sa.Column('job_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('attempt', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('started', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_job_attempt_job_id_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', 'attempt', name=op.f('pk_job_attempt'))
    )
    op.create_table('processing_log',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('slot_id', sa.Text(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=True),
    sa.Column('provider_id', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('response_time_ms', sa.Integer(), nullable=False),
    sa.Column('cost', sa.Double(), nullable=True),
    sa.Column('error_code', sa.Text(), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['user_id', 'slot_id'], ['slot.user_id', 'slot.id'], name=op.f('fk_processing_log_user_id_slot_id_slot'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_processing_log')),
    sa.UniqueConstraint('job_id', name=op.f('uq_processing_log_job_id'))
    )
    with op.batch_alter_table('processing_log', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_processing_log_user_id_created_at'), ['user_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_processing_log_user_id_slot_id_created_at'), ['user_id', 'slot_id', 'created_at'], unique=False)



def downgrade():
    with op.batch_alter_table('processing_log', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_processing_log_user_id_slot_id_created_at'))
        batch_op.drop_index(batch_op.f('ix_processing_log_user_id_created_at'))

    op.drop_table('processing_log')
    op.drop_table('job_attempt')
    op.drop_table('slot')
    with op.batch_alter_table('revoked_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_revoked_token_expires_at'))

    op.drop_table('revoked_token')
    with op.batch_alter_table('media_object', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_media_object_expires_at'))

    op.drop_table('media_object')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_version'))
        batch_op.drop_index(batch_op.f('ix_job_user_id_id'))
        batch_op.drop_index('ix_job_running', postgresql_where=sa.text("state = 'running'"), sqlite_where=sa.text("state = 'running'"))
        batch_op.drop_index('ix_job_result_key', postgresql_where=sa.text('result_key IS NOT NULL'), sqlite_where=sa.text('result_key IS NOT NULL'))
        batch_op.drop_index('ix_job_queued', postgresql_where=sa.text("state = 'queued'"), sqlite_where=sa.text("state = 'queued'"))
        batch_op.drop_index('ix_job_input_key', postgresql_where=sa.text('input_key IS NOT NULL'), sqlite_where=sa.text('input_key IS NOT NULL'))

    op.drop_table('job')
    op.drop_table('user_account')
    op.drop_table('setting')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(sa.text('DROP SEQUENCE job_version'))
