"""one machine or many: procrastinate's tables, permits, live events, webhooks

procrastinate's own tables are made on PostgreSQL only, from the schema the pinned version brings.
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
PENDING = sa.text("state = 'pending'")


def upgrade():
    for column in (
        sa.Column('request_digest', sa.Text(), nullable=True),
        sa.Column('webhook_url', sa.Text(), nullable=True),
        sa.Column('client_metadata', JSON, nullable=True),
    ):
        op.add_column('job', column)
    op.add_column('slot', sa.Column('event_version', sa.BigInteger(), nullable=False, server_default='0'))
    op.create_index(op.f('ix_slot_event_version'), 'slot', ['event_version'], unique=False)
    op.create_table('permit',
    sa.Column('job_id', ID, autoincrement=False, nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('pool', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('slot_id', sa.Text(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_permit_job_id_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', name=op.f('pk_permit'))
    )
    op.create_index(op.f('ix_permit_pool'), 'permit', ['pool'], unique=False)
    op.create_table('webhook_delivery',
    sa.Column('id', ID, nullable=False),
    sa.Column('public_id', sa.Text(), nullable=False),
    sa.Column('job_id', ID, nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_webhook_delivery_job_id_job'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_webhook_delivery_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_delivery')),
    sa.UniqueConstraint('public_id', name=op.f('uq_webhook_delivery_public_id'))
    )
    op.create_index(op.f('ix_webhook_delivery_job_id'), 'webhook_delivery', ['job_id'], unique=False)
    op.create_index('ix_webhook_delivery_pending', 'webhook_delivery', ['next_try_at'], unique=False, postgresql_where=PENDING, sqlite_where=PENDING)
    op.create_table('webhook_try',
    sa.Column('delivery_id', ID, autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_ms', sa.Integer(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['delivery_id'], ['webhook_delivery.id'], name=op.f('fk_webhook_try_delivery_id_webhook_delivery'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('delivery_id', 'number', name=op.f('pk_webhook_try'))
    )
    if op.get_bind().dialect.name == 'postgresql':
        _run(files('procrastinate').joinpath('sql', 'schema.sql').read_text())
        for statement in _nudges():
            _run(statement)


def downgrade():
    if op.get_bind().dialect.name == 'postgresql':
        for table in ('job', 'slot'):
            _run(f'DROP TRIGGER {table}_nudge ON {table}')
            _run(f'DROP FUNCTION {table}_nudge()')
        _run(DROP_PROCRASTINATE)
    for table in ('webhook_try', 'webhook_delivery', 'permit'):
        op.drop_table(table)
    op.drop_index(op.f('ix_slot_event_version'), table_name='slot')
    op.drop_column('slot', 'event_version')
    for name in ('client_metadata', 'webhook_url', 'request_digest'):
        op.drop_column('job', name)


def _nudges():
    """Whoever listens is told which row changed and whose it is, when the change is committed."""
    for table, version in (('job', 'version'), ('slot', 'event_version')):
        yield f'''CREATE FUNCTION {table}_nudge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_notify('photoai', '{table} ' || NEW.user_id || ' ' || NEW.id);
            RETURN NULL; END $$'''
        yield f'''CREATE TRIGGER {table}_nudge AFTER INSERT OR UPDATE OF {version} ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_nudge()'''


def _run(script):
    """As it stands: neither colons nor percent signs are parameters."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)


DROP_PROCRASTINATE = r'''
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind = 'r' AND c.relname LIKE 'procrastinate\_%' AND pg_table_is_visible(c.oid)
    LOOP EXECUTE 'DROP TABLE ' || each.name || ' CASCADE'; END LOOP;
    FOR each IN SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.proname LIKE 'procrastinate\_%' AND pg_function_is_visible(p.oid)
    LOOP EXECUTE 'DROP FUNCTION ' || each.name || ' CASCADE'; END LOOP;
    FOR each IN SELECT t.oid::regtype AS name FROM pg_type t
        WHERE t.typname LIKE 'procrastinate\_%' AND t.typtype IN ('e', 'c') AND pg_type_is_visible(t.oid)
    LOOP EXECUTE 'DROP TYPE ' || each.name || ' CASCADE'; END LOOP;
END $$'''
