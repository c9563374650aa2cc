"""One-time codes behind which a person reads what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.joining import digest_of
from bot.store.tables import ExportLinkRow

LIFETIME: Final = timedelta(minutes=15)
"""Of a code, on real time."""


@dataclass(frozen=True, slots=True)
class Used:
    practice: str
    subscriber_id: int
    made_at: datetime


async def make(
    conn: AsyncConnection, practice: str, subscriber_id: int, code: str, made_at: datetime | None = None
) -> None:
    """The newest code is the only one: an older link that was left somewhere opens nothing. Its time counts from
    `made_at`, which is now when it is not given."""
    now = datetime.now(UTC)
    await drop_old(conn, now)
    await conn.execute(delete(ExportLinkRow).where(ExportLinkRow.subscriber_id == subscriber_id))
    row = {"digest": digest_of(code), "practice": practice, "subscriber_id": subscriber_id, "made_at": made_at or now}
    await conn.execute(insert(ExportLinkRow), row)


async def use_up(conn: AsyncConnection, code: str) -> Used | None:
    """Whose code it was, once; None for one that is unknown, used or too old."""
    found = await conn.execute(
        delete(ExportLinkRow)
        .where(ExportLinkRow.digest == digest_of(code), ExportLinkRow.made_at > datetime.now(UTC) - LIFETIME)
        .returning(ExportLinkRow.practice, ExportLinkRow.subscriber_id, ExportLinkRow.made_at)
    )
    row = found.one_or_none()
    return Used(row.practice, row.subscriber_id, row.made_at) if row is not None else None


async def drop_old(conn: AsyncConnection, real_now: datetime) -> None:
    await conn.execute(delete(ExportLinkRow).where(ExportLinkRow.made_at <= real_now - LIFETIME))
