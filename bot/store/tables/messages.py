"""What goes out to people and to practices, and what came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import NEVER_REUSED, Base, Id, TableArgs, of_subscriber, own_id, partial


class MessageRow(Base):
    __tablename__ = "messages"
    __table_args__: TableArgs = (
        UniqueConstraint("practice", "cause", "n"),
        partial("ix_messages_claim", "account", "lane", "due_at", "id", where="state = 'ready'"),
        partial("ix_messages_address_order", "address_id", "lane", "due_at", "id", where="state = 'ready'"),
        partial("ix_messages_open_of_subscriber", "subscriber_id", "topic", where="state = 'ready'"),
        partial("ix_messages_expiry", "expires_at", where="state IN ('ready', 'sending')"),
        partial("ix_messages_sending", "account", "epoch", where="state = 'sending'"),
        partial("ix_messages_unclear", "account", "state", where="state IN ('unknown', 'dead', 'held')"),
        partial("ix_messages_doubled", "account", where="duplicate_possible"),
        partial("ix_messages_chat", "address_id", "seq", where="seq > 0"),
        Index("ix_messages_subscriber", "subscriber_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    # No foreign key: deleting an address would look through all messages; a subscriber takes both along.
    address_id: Mapped[int] = mapped_column(Id)
    account: Mapped[str]
    cause: Mapped[str]
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    lane: Mapped[int]
    topic: Mapped[str]
    step: Mapped[str]
    unasked: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    body: Mapped[bytes]
    """JSON of text, buttons and picture, encrypted as a whole."""
    content_version: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempt: Mapped[int]
    resends: Mapped[int]
    retries: Mapped[int]
    epoch: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    provider_id: Mapped[str]
    reason: Mapped[str]
    duplicate_possible: Mapped[bool]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class InboundRow(Base):
    """What came in, whether it was handled or is poison. Kept for at least 8 days: it is what dedupes."""

    __tablename__ = "inbound"
    __table_args__: TableArgs = (
        UniqueConstraint("account", "external_id"),
        Index("ix_inbound_subscriber", "subscriber_id", "id"),
        partial("ix_inbound_chat", "address_id", "seq", where="seq > 0"),
        partial("ix_inbound_poison", "practice", "received_at", where="poisoned"),
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    account: Mapped[str]
    external_id: Mapped[str]
    subscriber_id: Mapped[int | None] = of_subscriber(nullable=True)
    address_id: Mapped[int | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[bytes | None]
    payload: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    button: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    poisoned: Mapped[bool]
    received_at: Mapped[datetime]


class AlertRow(Base):
    """A word to the practice that opted in: somebody may be in danger. It holds nothing of what was said."""

    __tablename__ = "alerts"
    __table_args__: TableArgs = (
        UniqueConstraint("practice", "cause", "what", "route"),
        partial("ix_alerts_open", "due_at", "id", where="state IN ('ready', 'sending')"),
        Index("ix_alerts_practice", "practice", "id"),
        Index("ix_alerts_subscriber", "subscriber_id"),
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    cause: Mapped[str]
    what: Mapped[str] = mapped_column(String(16))
    route: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str]
    third_party: Mapped[bool]
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    attempt: Mapped[int]
    resends: Mapped[int]
    reason: Mapped[str]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
