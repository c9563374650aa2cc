"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owned_since", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_accounts")),
    )
    op.create_table(
        "content_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("loaded_at", MOMENT, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_content_versions")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hour", sa.Time(), nullable=True),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("first_touch", sa.Text(), nullable=False),
        sa.Column("last_inbound_at", MOMENT, nullable=True),
        sa.Column("preferred_address_id", ID, nullable=True),
        sa.Column("alarm_tier", sa.Text(), nullable=False),
        sa.Column("taken_over", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("last_cause", sa.Text(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.Column("recent", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscribers_due", "subscribers", ["next_at"], **_where("next_at IS NOT NULL"))
    op.create_index("ix_subscribers_practice", "subscribers", ["practice", "id"])
    op.create_table(
        "addresses",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_addresses_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("account", "external_id", name=op.f("uq_addresses_account_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_addresses_subscriber", "addresses", ["subscriber_id"])
    op.create_table(
        "answers",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_answers_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_question", "answers", ["practice", "program", "step", "question"])
    op.create_index("ix_answers_subscriber", "answers", ["subscriber_id", "id"])
    op.create_table(
        "consents",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_consents_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_subscriber", "consents", ["subscriber_id", "id"])
    op.create_table(
        "enrollments",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("content_version", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("jump", sa.Text(), nullable=False),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_enrollments_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("subscriber_id", "position", name=op.f("uq_enrollments_subscriber_id_position")),
    )
    op.create_index("ix_enrollments_program", "enrollments", ["practice", "program", "state"])
    op.create_table(
        "events",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_events_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_kind", "events", ["practice", "kind", "at"])
    op.create_index("ix_events_subscriber", "events", ["subscriber_id", "id"])
    op.create_table(
        "inbound",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("button", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("poisoned", sa.Boolean(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_inbound_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("account", "external_id", name=op.f("uq_inbound_account_external_id")),
    )
    op.create_index("ix_inbound_chat", "inbound", ["address_id", "seq"], **_where("seq > 0"))
    op.create_index("ix_inbound_poison", "inbound", ["practice", "received_at"], **_where("poisoned"))
    op.create_index("ix_inbound_subscriber", "inbound", ["subscriber_id", "id"])
    op.create_table(
        "join_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_join_codes_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_join_codes")),
    )
    op.create_index("ix_join_codes_subscriber", "join_codes", ["subscriber_id"])
    op.create_table(
        "messages",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("unasked", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("content_version", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("duplicate_possible", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_messages_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("practice", "cause", "n", name=op.f("uq_messages_practice_cause_n")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_messages_address_order", "messages", ["address_id", "lane", "due_at", "id"], **_where("state = 'ready'")
    )
    op.create_index("ix_messages_chat", "messages", ["address_id", "seq"], **_where("seq > 0"))
    op.create_index("ix_messages_claim", "messages", ["account", "lane", "due_at", "id"], **_where("state = 'ready'"))
    op.create_index("ix_messages_doubled", "messages", ["account"], **_where("duplicate_possible"))
    op.create_index("ix_messages_expiry", "messages", ["expires_at"], **_where("state IN ('ready', 'sending')"))
    op.create_index(
        "ix_messages_open_of_subscriber", "messages", ["subscriber_id", "topic"], **_where("state = 'ready'")
    )
    op.create_index("ix_messages_sending", "messages", ["account", "epoch"], **_where("state = 'sending'"))
    op.create_index("ix_messages_subscriber", "messages", ["subscriber_id", "id"])
    op.create_index(
        "ix_messages_unclear", "messages", ["account", "state"], **_where("state IN ('unknown', 'dead', 'held')")
    )


def downgrade() -> None:
    for table in (
        "messages",
        "join_codes",
        "inbound",
        "events",
        "enrollments",
        "consents",
        "answers",
        "addresses",
        "subscribers",
        "meta",
        "content_versions",
        "accounts",
    ):
        op.drop_table(table)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
