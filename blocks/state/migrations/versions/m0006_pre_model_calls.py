"""Paid calls of language models, each attempt a row; their budgets and what people added; pauses of providers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_calls",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("run_id", sa.String(36), sa.ForeignKey("runs.run_id"), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("stage_key", sa.String(64), nullable=False),
        sa.Column("lease_id", sa.String(36)),
        sa.Column("route", sa.String(64), nullable=False),
        sa.Column("capture_key", sa.LargeBinary),
        sa.Column("budgets", sa.Text, nullable=False),
        sa.Column("reserved_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger),
        sa.Column("http_status", sa.Integer),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("answer_digest", sa.String(64)),
        sa.Column("answer_bytes", sa.BigInteger),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("answered_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.UniqueConstraint(
            "tenant", "model", "request_digest", "attempt", name=op.f("uq_model_calls_tenant")
        ),
    )
    op.create_index("ix_model_calls_stage_key", "model_calls", ["stage_key"])
    op.create_index("ix_model_calls_run_id", "model_calls", ["run_id"])
    op.create_table(
        "budgets",
        sa.Column("tenant", sa.String(100), primary_key=True),
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("reserved_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("spent_nano_usd", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "budget_grants",
        sa.Column("grant_id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("more_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("granted_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_budget_grants_name", "budget_grants", ["tenant", "name"])
    op.create_table(
        "provider_pauses",
        sa.Column("provider", sa.String(200), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
