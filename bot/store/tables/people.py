"""Who the subscribers are, where they are reached, and what they said yes, no and a number to."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
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
