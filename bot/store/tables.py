"""The tables. Columns for what is queried; the rest of a person's state is one JSON value.

A state in the WHERE of an index is a literal there and must be a literal in the query too, else neither database uses
the index. Times are UTC instants. Texts of people and bodies of messages are encrypted; names, addresses and numeric
answers are clear, so that a practice can search them.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import NEVER_REUSED, Base, Id, TableArgs, of_subscriber, own_id, partial


class SubscriberRow(Base):
    __tablename__ = "subscribers"
    __table_args__: TableArgs = (
        partial("ix_subscribers_due", "next_at", where="next_at IS NOT NULL"),
        Index("ix_subscribers_practice", "practice", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    zone: Mapped[str]
    hour: Mapped[time | None]
    next_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    reachable: Mapped[bool]
    first_touch: Mapped[str]
    last_inbound_at: Mapped[datetime | None]
    # No foreign key: addresses point here already, and a circle of keys cannot be inserted or deleted in order.
    preferred_address_id: Mapped[int | None] = mapped_column(Id)
    alarm_tier: Mapped[str]
    """Empty without an alarm; a copy of the memory's, for queries, as are the next two."""
    taken_over: Mapped[bool]
    paused: Mapped[bool]
    last_cause: Mapped[str]
    """Cause of the Decision that was recorded last: recording it again changes nothing."""
    memory: Mapped[str]
    recent: Mapped[bytes | None]
    private: Mapped[bytes | None]
    """JSON of the safety plan and of what waits for OPEN, encrypted as a whole."""


class AddressRow(Base):
    __tablename__ = "addresses"
    __table_args__: TableArgs = (
        UniqueConstraint("account", "external_id"),
        Index("ix_addresses_subscriber", "subscriber_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str]
    external_id: Mapped[str]
    name: Mapped[str]
    reachable: Mapped[bool]
    created_at: Mapped[datetime]
    last_seq: Mapped[int] = mapped_column(BigInteger)
    """Web chat: the newest number of a line, inbound or outbound, in this chat."""


class EnrollmentRow(Base):
    __tablename__ = "enrollments"
    __table_args__: TableArgs = (
        UniqueConstraint("subscriber_id", "position"),
        Index("ix_enrollments_program", "practice", "program", "state"),
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    position: Mapped[int]
    program: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    content_version: Mapped[str]
    started_on: Mapped[date]
    done: Mapped[str]
    """JSON list of the ids of the steps done."""
    jump: Mapped[str]
    silent: Mapped[int]
    begins_on: Mapped[date | None]


class ConsentRow(Base):
    """History: who said what to which text, when. The current consents are in the subscriber's memory."""

    __tablename__ = "consents"
    __table_args__: TableArgs = (Index("ix_consents_subscriber", "subscriber_id", "id"),)

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    name: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    version: Mapped[str]
    at: Mapped[datetime]
    cause: Mapped[str]


class AnswerRow(Base):
    __tablename__ = "answers"
    __table_args__: TableArgs = (
        Index("ix_answers_subscriber", "subscriber_id", "id"),
        Index("ix_answers_question", "practice", "program", "step", "question"),
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    question: Mapped[str]
    uid: Mapped[str]
    program: Mapped[str]
    step: Mapped[str]
    content_version: Mapped[str]
    number: Mapped[int | None] = mapped_column(BigInteger)
    choice: Mapped[str]
    text: Mapped[bytes | None]
    at: Mapped[datetime]
    cause: Mapped[str]


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


class EventRow(Base):
    __tablename__ = "events"
    __table_args__: TableArgs = (
        Index("ix_events_kind", "practice", "kind", "at"),
        Index("ix_events_subscriber", "subscriber_id", "id"),
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    subscriber_id: Mapped[int | None] = of_subscriber(nullable=True)
    kind: Mapped[str]
    data: Mapped[str]
    """JSON object of words and numbers; never a text of a person."""
    at: Mapped[datetime]
    cause: Mapped[str]


class JoinCodeRow(Base):
    __tablename__ = "join_codes"
    __table_args__: TableArgs = (Index("ix_join_codes_subscriber", "subscriber_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the code: who reads the table cannot use it."""
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    channel: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]
    """Real time, whatever the bot's own clock says."""


class ExportLinkRow(Base):
    __tablename__ = "export_links"
    __table_args__: TableArgs = (Index("ix_export_links_subscriber", "subscriber_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the code: who reads the table cannot use it."""
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    made_at: Mapped[datetime]
    """Real time, whatever the bot's own clock says."""


class ErasureRow(Base):
    """Somebody who was erased, but for an address and the receipt that is still to reach it."""

    __tablename__ = "erasures"

    subscriber_id: Mapped[int] = mapped_column(
        Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    practice: Mapped[str]
    due_at: Mapped[datetime]
    """Real time: then the rest goes too, whether or not the receipt was sent."""


class ConsentProofRow(Base):
    """What is left of somebody's consents after erasure: no name, no address, no row to join it to."""

    __tablename__ = "consent_proofs"
    __table_args__: TableArgs = (
        Index("ix_consent_proofs_whom", "practice", "whom"),
        Index("ix_consent_proofs_kept_until", "kept_until"),
    )

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    whom: Mapped[str] = mapped_column(String(64))
    """Keyed hash of practice and address, as in the log of tombstones."""
    channel: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    version: Mapped[str]
    at: Mapped[datetime]
    kept_until: Mapped[datetime]


class LookRow(Base):
    """Who looked at whose data, or erased it. Only ever added to, until its time is over."""

    __tablename__ = "looks"
    __table_args__: TableArgs = (Index("ix_looks_practice", "practice", "id"),)

    id: Mapped[int] = own_id()
    practice: Mapped[str]
    who: Mapped[str]
    """Of the practice or of the machine, never a subscriber: `shell:<user>`, later `staff:<name>`."""
    what: Mapped[str] = mapped_column(String(32))
    whom: Mapped[str] = mapped_column(String(64))
    """Keyed code of the subscriber: says nothing once the subscriber is gone."""
    at: Mapped[datetime]
    """Real time."""


class PlanLinkRow(Base):
    """A secret address of the page with somebody's safety plan. One for each person, the newest."""

    __tablename__ = "plan_links"
    __table_args__: TableArgs = (Index("ix_plan_links_subscriber", "subscriber_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the secret: who reads the table cannot use it."""
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    made_at: Mapped[datetime]
    """Real time, whatever the bot's own clock says."""


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


class ContentVersionRow(Base):
    """One validated load of the content, never changed afterwards."""

    __tablename__ = "content_versions"

    version: Mapped[str] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime]
    content: Mapped[str]


class AccountRow(Base):
    """Ownership of an account: claims carry the epoch, a new owner raises it. The owner is named by its WorkerRow."""

    __tablename__ = "accounts"

    account: Mapped[str] = mapped_column(primary_key=True)
    practice: Mapped[str]
    epoch: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str]
    owned_since: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]


class WorkerRow(Base):
    """A process that sends, on PostgreSQL: with its lease end the leases of all accounts that it owns. Real time, by
    the database's clock."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    leaving: Mapped[bool]
    """It finishes what it has in flight and takes no more."""


class MetaRow(Base):
    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
