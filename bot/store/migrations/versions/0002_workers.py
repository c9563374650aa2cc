"""Workers: whose lease is running, so that several processes can share the accounts on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=False),
        sa.Column("leaving", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    # An account's lease is its owner's.
    op.drop_column("accounts", "lease_until")


def downgrade() -> None:
    op.add_column("accounts", sa.Column("lease_until", MOMENT, nullable=True))
    op.drop_table("workers")
