"""Runs that are parked: for what, and not to be woken before when."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("parked_for", sa.String(10)))
    op.add_column("runs", sa.Column("wake_at", sa.BigInteger))
