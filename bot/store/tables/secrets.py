"""Codes and links that open something of one person, kept so that the table opens nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, TableArgs, of_subscriber


class _Secret:
    """What opens something of one person for a while to whoever has it."""

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the secret: who reads the table cannot use it."""
    practice: Mapped[str]
    subscriber_id: Mapped[int] = of_subscriber()
    made_at: Mapped[datetime]
    """Real time, whatever the bot's own clock says."""


class JoinCodeRow(_Secret, Base):
    """A code that joins an address on `channel` to the subscriber."""

    __tablename__ = "join_codes"
    __table_args__: TableArgs = (Index("ix_join_codes_subscriber", "subscriber_id"),)

    channel: Mapped[str] = mapped_column(String(16))


class ExportLinkRow(_Secret, Base):
    """A code behind which a person reads what is kept of it."""

    __tablename__ = "export_links"
    __table_args__: TableArgs = (Index("ix_export_links_subscriber", "subscriber_id"),)


class PlanLinkRow(_Secret, Base):
    """A secret address of the page with somebody's safety plan. One for each person, the newest."""

    __tablename__ = "plan_links"
    __table_args__: TableArgs = (Index("ix_plan_links_subscriber", "subscriber_id"),)
