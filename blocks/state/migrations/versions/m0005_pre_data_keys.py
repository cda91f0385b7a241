"""Data keys: what encrypts the content of one subject, wrapped; and who else works with that content."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("data_key_id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("kek_id", sa.String(500), nullable=False),
        sa.Column("run_id", sa.String(36)),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("erased_at", sa.BigInteger),
        sa.UniqueConstraint("tenant", "purpose", "subject", "number", name=op.f("uq_data_keys_tenant")),
    )
    op.create_table(
        "data_key_uses",
        sa.Column("data_key_id", sa.String(32), sa.ForeignKey("data_keys.data_key_id"), primary_key=True),
        sa.Column("subject", sa.String(500), primary_key=True),
        sa.Column("noted_at", sa.BigInteger, nullable=False),
    )
