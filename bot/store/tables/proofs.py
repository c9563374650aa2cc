"""What has to be shown afterwards: that somebody was erased, what they had said yes to, and who looked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, Id, TableArgs, own_id


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
