"""statistics: the log's days added up, and indexes

SQLite forgets a table's triggers when a revision rebuilds the table: whoever alters
processing_log there makes them anew.
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

COLUMNS = 'user_id, day, slot_id, provider_id, requests, errors, timeouts, response_time_ms, cost'
KEY = 'user_id, day, slot_id, provider_id'
SUMS = ('requests', 'errors', 'timeouts', 'response_time_ms', 'cost')
DAY = {'sqlite': 'substr(created_at, 1, 10)', 'postgresql': "(created_at AT TIME ZONE 'UTC')::date"}


def upgrade():
    op.create_table('processing_day',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('slot_id', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.Column('errors', sa.Integer(), nullable=False),
    sa.Column('timeouts', sa.Integer(), nullable=False),
    sa.Column('response_time_ms', sa.BigInteger(), nullable=False),
    sa.Column('cost', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['user_id', 'slot_id'], ['slot.user_id', 'slot.id'], name=op.f('fk_processing_day_user_id_slot_id_slot'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'day', 'slot_id', 'provider_id', name=op.f('pk_processing_day'))
    )
    op.create_index('ix_processing_log_priced', 'processing_log', ['user_id', 'slot_id', 'created_at'], unique=False, postgresql_where=sa.text('cost IS NOT NULL'), sqlite_where=sa.text('cost IS NOT NULL'))
    op.create_index(op.f('ix_processing_log_user_id_slot_id_response_time_ms_created_at'), 'processing_log', ['user_id', 'slot_id', 'response_time_ms', 'created_at'], unique=False)

    dialect = op.get_bind().dialect.name
    triggers = _triggers_on_sqlite() if dialect == 'sqlite' else _triggers_on_postgresql()
    for statement in [_add(_added_up('processing_log', dialect)), *triggers]:
        op.execute(sa.text(statement.replace(':', r'\:')))


def downgrade():
    names = ['insert', 'delete', 'update_take', 'update_add']
    if op.get_bind().dialect.name == 'sqlite':
        statements = [f'DROP TRIGGER processing_day_{name}' for name in names]
    else:
        statements = [f'DROP TRIGGER processing_day_{name} ON processing_log' for name in names]
        statements += ['DROP FUNCTION processing_day_add()', 'DROP FUNCTION processing_day_take()']
    for statement in statements:
        op.execute(sa.text(statement))
    op.drop_index(op.f('ix_processing_log_user_id_slot_id_response_time_ms_created_at'), table_name='processing_log')
    op.drop_index('ix_processing_log_priced', table_name='processing_log', postgresql_where=sa.text('cost IS NOT NULL'), sqlite_where=sa.text('cost IS NOT NULL'))
    op.drop_table('processing_day')


def _triggers_on_postgresql():
    """One addition for each statement, in the order of the key: two that add several do not lock
    each other out."""
    added, removed = (_added_up(rows, 'postgresql') for rows in ('added', 'removed'))
    same = ' AND '.join(f'kept.{name} = gone.{name}' for name in KEY.split(', '))
    less = ', '.join(f'{name} = kept.{name} - gone.{name}' for name in SUMS)
    take = f'UPDATE processing_day AS kept SET {less} FROM ({removed}) AS gone WHERE {same}'
    for name, work in (('add', _add(added)), ('take', take)):
        yield f'''CREATE FUNCTION processing_day_{name}() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN {work}; RETURN NULL; END $$'''
    for name, event, rows, function in (
        ('insert', 'INSERT', 'NEW TABLE AS added', 'add'),
        ('delete', 'DELETE', 'OLD TABLE AS removed', 'take'),
        ('update_take', 'UPDATE', 'OLD TABLE AS removed', 'take'),
        ('update_add', 'UPDATE', 'NEW TABLE AS added', 'add'),
    ):
        yield f'''CREATE TRIGGER processing_day_{name} AFTER {event} ON processing_log
            REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION processing_day_{function}()'''


def _triggers_on_sqlite():
    def row(which):
        return f'''SELECT {which}.user_id, substr({which}.created_at, 1, 10), {which}.slot_id,
            coalesce({which}.provider_id, ''), 1, {which}.status <> 'SUCCESS',
            {which}.status = 'TIMEOUT', {which}.response_time_ms, coalesce({which}.cost, 0)
            WHERE true'''

    take = '''UPDATE processing_day SET requests = requests - 1,
        errors = errors - (OLD.status <> 'SUCCESS'), timeouts = timeouts - (OLD.status = 'TIMEOUT'),
        response_time_ms = response_time_ms - OLD.response_time_ms,
        cost = cost - coalesce(OLD.cost, 0)
        WHERE user_id = OLD.user_id AND day = substr(OLD.created_at, 1, 10)
        AND slot_id = OLD.slot_id AND provider_id = coalesce(OLD.provider_id, '')'''
    for name, event, work in (
        ('insert', 'INSERT', _add(row('NEW'))),
        ('delete', 'DELETE', take),
        ('update_take', 'UPDATE', take),
        ('update_add', 'UPDATE', _add(row('NEW'))),
    ):
        yield f'''CREATE TRIGGER processing_day_{name} AFTER {event} ON processing_log
            BEGIN {work}; END'''


def _added_up(rows, dialect):
    return f'''SELECT user_id, {DAY[dialect]} AS day, slot_id,
        coalesce(provider_id, '') AS provider_id, count(*) AS requests,
        count(*) FILTER (WHERE status <> 'SUCCESS') AS errors,
        count(*) FILTER (WHERE status = 'TIMEOUT') AS timeouts,
        sum(response_time_ms) AS response_time_ms, coalesce(sum(cost), 0) AS cost
        FROM {rows} WHERE true GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4'''


def _add(rows):
    """`WHERE true` in the rows: without it SQLite takes ON for a join's."""
    more = ', '.join(f'{name} = processing_day.{name} + excluded.{name}' for name in SUMS)
    return f'INSERT INTO processing_day ({COLUMNS}) {rows} ON CONFLICT ({KEY}) DO UPDATE SET {more}'
