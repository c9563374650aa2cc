"""What is of no person: content, accounts and their workers, and the database's own notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


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
    paused_until: Mapped[datetime | None]
    """The platform asked for a wait until then, by the bot's clock."""


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
