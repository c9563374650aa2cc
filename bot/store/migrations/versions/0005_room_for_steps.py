"""Room beside each enrollment for its next version, on PostgreSQL.

A step changes no column that is in an index, but it needs a place on the same page to leave the indexes alone; and at
eight all enrollments of a page change within one transaction.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE enrollments SET (fillfactor = 45)")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE enrollments RESET (fillfactor)")
