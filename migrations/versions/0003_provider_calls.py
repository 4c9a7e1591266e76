"""provider calls: what is on its way at providers that answer later"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('provider_call',
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=False),
    sa.Column('token_digest', sa.Text(), nullable=False),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.Column('answer', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('job_id', name=op.f('pk_provider_call')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_provider_call_token_digest'))
    )
    op.create_index(op.f('ix_provider_call_created_at'), 'provider_call', ['created_at'], unique=False)


def downgrade():
    op.drop_table('provider_call')
