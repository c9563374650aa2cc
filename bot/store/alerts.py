"""Alerts to practices: committed with the alarm, claimed, and each ended as accepted, expired, dead, unknown or
cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.alerts import STALE, Ended, OpenAlert, after_unknown
from bot.core.decision import AlertRoute
from bot.core.delivery import MessageState
from bot.store.rows import alert_is_open
from bot.store.tables import AlertRow

ALERTS: Final = "alerts"
"""Stands among the accounts that a wake-up names: there is an alert to send."""
AT_ONCE: Final = 20


async def claim(conn: AsyncConnection, now: datetime) -> list[OpenAlert]:
    """Those that are due, as attempts that begin now; what was begun long ago and never ended counts as unknown."""
    stale = now - STALE
    cut_off = and_(_in_state(MessageState.SENDING), AlertRow.started_at <= stale)
    due = and_(_in_state(MessageState.READY), AlertRow.due_at <= now)
    rows = await conn.execute(
        select(AlertRow)
        .where(alert_is_open(), or_(due, cut_off))
        .order_by(AlertRow.due_at, AlertRow.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    claimed: list[OpenAlert] = []
    for row in rows.all():
        alert = _read(row)
        if row.state == MessageState.SENDING.value:
            after = after_unknown(alert, now, "cut off")
            if after.state is not MessageState.READY:
                await _write(conn, alert, after, now)
                continue
            alert = _read(row, resends=after.resends)
        began = {"state": MessageState.SENDING.value, "attempt": alert.attempt + 1, "started_at": now}
        await conn.execute(update(AlertRow).where(AlertRow.id == alert.id).values(resends=alert.resends, **began))
        claimed.append(_read(row, resends=alert.resends, attempt=alert.attempt + 1))
    return claimed


async def end(conn: AsyncConnection, alert: OpenAlert, after: Ended, now: datetime) -> bool:
    """Writes an attempt's end; False when another attempt has begun in the meantime."""
    return await _write(conn, alert, after, now)


async def next_due(conn: AsyncConnection) -> datetime | None:
    """When to look again: the earliest that is due, or may have been cut off; None when none is open."""
    ready = await conn.scalar(select(func.min(AlertRow.due_at)).where(alert_is_open(), _in_state(MessageState.READY)))
    begun = await conn.scalar(
        select(func.min(AlertRow.started_at)).where(alert_is_open(), _in_state(MessageState.SENDING))
    )
    moments = [moment for moment in (ready, begun + STALE if begun is not None else None) if moment is not None]
    return min(moments, default=None)


async def failed_since(conn: AsyncConnection, since: datetime) -> Mapping[str, int]:
    """By practice, the alerts that nobody may have got."""
    gone = [state.value for state in (MessageState.DEAD, MessageState.EXPIRED, MessageState.UNKNOWN)]
    rows = await conn.execute(
        select(AlertRow.practice, func.count())
        .where(AlertRow.state.in_(gone), AlertRow.at >= since)
        .group_by(AlertRow.practice)
    )
    return {practice: int(number) for practice, number in rows}


async def newest_of(conn: AsyncConnection, practice: str, subscriber_id: int) -> Mapping[str, str]:
    """How the newest alert about this person ended or stands, by route."""
    rows = await conn.execute(
        select(AlertRow.route, AlertRow.state)
        .where(AlertRow.practice == practice, AlertRow.subscriber_id == subscriber_id)
        .order_by(AlertRow.id)
    )
    return {row.route: row.state for row in rows}


async def _write(conn: AsyncConnection, alert: OpenAlert, after: Ended, now: datetime) -> bool:
    is_open = after.state is MessageState.READY
    written = await conn.execute(
        update(AlertRow)
        .where(AlertRow.id == alert.id, AlertRow.attempt == alert.attempt, _in_state(MessageState.SENDING))
        .values(
            state=after.state.value,
            due_at=after.due_at,
            resends=after.resends,
            reason=after.reason,
            ended_at=None if is_open else now,
        )
    )
    return written.rowcount > 0


def _in_state(state: MessageState) -> ColumnElement[bool]:
    return AlertRow.state == literal_column(f"'{state.value}'")


def _read(row: Any, *, resends: int | None = None, attempt: int | None = None) -> OpenAlert:
    return OpenAlert(
        id=row.id,
        practice=row.practice,
        route=AlertRoute(row.route),
        what=row.what,
        tier=row.tier,
        third_party=row.third_party,
        at=row.at,
        attempt=row.attempt if attempt is None else attempt,
        resends=row.resends if resends is None else resends,
    )
