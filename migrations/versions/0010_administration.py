"""administration: quotas of single accounts, what administrators did, and every job by its state"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ENDED = sa.text('finished IS NOT NULL')


def upgrade():
    op.add_column('user_account', sa.Column('quotas', JSON, server_default='{}', nullable=False))
    op.add_column('user_account', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('user_account', sa.Column('signed_in_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table('audit_entry',
    sa.Column('id', ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('actor_role', sa.Text(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('target_name', sa.Text(), nullable=False),
    sa.Column('before', JSON, nullable=False),
    sa.Column('after', JSON, nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index(op.f('ix_audit_entry_at'), 'audit_entry', ['at'], unique=False)
    op.create_index(op.f('ix_audit_entry_actor_id'), 'audit_entry', ['actor', 'id'], unique=False)
    op.create_index(op.f('ix_audit_entry_target_id'), 'audit_entry', ['target', 'id'], unique=False)
    op.create_index('ix_job_ended', 'job', ['state', 'kind', 'id'], unique=False, postgresql_where=ENDED, sqlite_where=ENDED)
    op.create_index('ix_job_user_ended', 'job', ['user_id', 'state', 'kind', 'id'], unique=False, postgresql_where=ENDED, sqlite_where=ENDED)
    if op.get_bind().dialect.name == 'postgresql':
        for statement in NUDGE:
            op.execute(statement)


def downgrade():
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP TRIGGER account_nudge ON user_account')
        op.execute('DROP FUNCTION account_nudge()')
    op.drop_index('ix_job_user_ended', table_name='job')
    op.drop_index('ix_job_ended', table_name='job')
    op.drop_table('audit_entry')
    for name in ('signed_in_at', 'version', 'quotas'):
        op.drop_column('user_account', name)


# Whoever listens is told whose sessions have ended, as with jobs and slots (revision 0004).
NUDGE = (
    '''CREATE FUNCTION account_nudge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_notify('photoai', 'account ' || NEW.id);
        RETURN NULL; END $$''',
    '''CREATE TRIGGER account_nudge AFTER UPDATE OF active, tokens_valid_from ON user_account
        FOR EACH ROW EXECUTE FUNCTION account_nudge()''',
)
