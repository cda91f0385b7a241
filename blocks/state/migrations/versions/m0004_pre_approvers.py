"""Approvers: who they are, their sessions on the approval page, and the webhooks that were sent in their name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant, name, digest = sa.String(100), sa.String(100), sa.String(64)
    op.create_table(
        "approvers",
        sa.Column("tenant", tenant, primary_key=True),
        sa.Column("name", name, primary_key=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("webhook_secret", sa.String(100)),
        sa.Column("added_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "page_sessions",
        sa.Column("token_digest", digest, primary_key=True),
        sa.Column("tenant", tenant, nullable=False),
        sa.Column("name", name, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "name"], ["approvers.tenant", "approvers.name"], ondelete="CASCADE"
        ),
    )
    op.create_index("ix_page_sessions_name", "page_sessions", ["tenant", "name"])
    op.create_table(
        "webhook_calls",
        sa.Column("tenant", tenant, primary_key=True),
        sa.Column("name", name, primary_key=True),
        sa.Column("webhook_id", sa.String(200), primary_key=True),
        sa.Column("call_digest", digest, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
    )
