"""Erasures, consent proofs, one-time links to an export, and who looked at what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "export_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        _of_subscriber("export_links"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_export_links")),
    )
    op.create_index("ix_export_links_subscriber", "export_links", ["subscriber_id"])
    op.create_table(
        "erasures",
        sa.Column("subscriber_id", ID, autoincrement=False, nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        _of_subscriber("erasures"),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "consent_proofs",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("whom", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kept_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_proofs")),
    )
    op.create_index("ix_consent_proofs_whom", "consent_proofs", ["practice", "whom"])
    op.create_index("ix_consent_proofs_kept_until", "consent_proofs", ["kept_until"])
    op.create_table(
        "looks",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("whom", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_practice", "looks", ["practice", "id"])


def _of_subscriber(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["subscriber_id"], ["subscribers.id"], name=op.f(f"fk_{table}_subscriber_id"), ondelete="CASCADE"
    )
