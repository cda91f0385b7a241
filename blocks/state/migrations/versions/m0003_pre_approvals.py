"""Approvals: what is asked of people, and which runs wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    digest, run = sa.String(64), sa.String(36)
    op.create_table(
        "approvals",
        sa.Column("approval_id", digest, primary_key=True),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("gate", sa.String(100), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("value", sa.String(100), nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("digest", digest, nullable=False),
        sa.Column("approvers", sa.Text, nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("run_id", run, sa.ForeignKey("runs.run_id"), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("previous_id", digest),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_via", sa.String(20)),
        sa.Column("decided_at", sa.BigInteger),
    )
    op.create_index("ix_approvals_state_asked_at", "approvals", ["state", "asked_at"])
    op.create_index("ix_approvals_previous_id", "approvals", ["previous_id"])
    op.create_table(
        "run_approvals",
        sa.Column("run_id", run, sa.ForeignKey("runs.run_id"), primary_key=True),
        sa.Column("approval_id", digest, sa.ForeignKey("approvals.approval_id"), primary_key=True),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.BigInteger),
        sa.Column("voided_at", sa.BigInteger),
    )
    op.create_index("ix_run_approvals_approval_id", "run_approvals", ["approval_id"])
