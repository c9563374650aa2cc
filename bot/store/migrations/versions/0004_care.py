"""Safety plans and what waits for OPEN, links to a plan's page, and alerts to a practice."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("private", sa.LargeBinary(), nullable=True))
    op.create_table(
        "plan_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_plan_links_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_plan_links")),
    )
    op.create_index("ix_plan_links_subscriber", "plan_links", ["subscriber_id"])
    op.create_table(
        "alerts",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("route", sa.String(length=16), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("third_party", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_alerts_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("practice", "cause", "what", "route", name=op.f("uq_alerts_practice_cause_what_route")),
    )
    op.create_index("ix_alerts_open", "alerts", ["due_at", "id"], **_where("state IN ('ready', 'sending')"))
    op.create_index("ix_alerts_practice", "alerts", ["practice", "id"])
    op.create_index("ix_alerts_subscriber", "alerts", ["subscriber_id"])


def downgrade() -> None:
    op.drop_table("alerts")
    op.drop_table("plan_links")
    op.drop_column("subscribers", "private")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
