"""What stages were measured to take and to cost, and parts of long answers that are kept on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stage_measures",
        sa.Column("tenant", sa.String(100), primary_key=True),
        sa.Column("stage", sa.String(200), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("weight", sa.String(10)),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("made_us", sa.BigInteger, nullable=False),
        sa.Column("made_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.BigInteger, nullable=False),
        sa.Column("kept_us", sa.BigInteger, nullable=False),
        sa.Column("shown", sa.BigInteger, nullable=False),
        sa.Column("shown_us", sa.BigInteger, nullable=False),
        sa.Column("reused", sa.BigInteger, nullable=False),
        sa.Column("reused_us", sa.BigInteger, nullable=False),
        sa.Column("reused_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("sampled", sa.BigInteger, nullable=False),
        sa.Column("sampled_again", sa.BigInteger, nullable=False),
        sa.Column("compared", sa.BigInteger, nullable=False),
        sa.Column("unsteady", sa.BigInteger, nullable=False),
        sa.Column("died", sa.BigInteger, nullable=False),
        sa.Column("parts", sa.BigInteger, nullable=False),
        sa.Column("parts_us", sa.BigInteger, nullable=False),
        sa.Column("restored_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "stage_parts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("first", sa.Integer, primary_key=True),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("made_us", sa.BigInteger, nullable=False),
    )
