"""What there is, counted: for /metrics and for whoever wonders whether all is well. Nothing here names a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Lane
from bot.store.dialect import on_sqlite
from bot.store.rows import in_state, is_ready
from bot.store.tables import AccountRow, InboundRow, MessageRow, WorkerRow

DUPLICATE_POSSIBLE = "duplicate_possible"
"""Stands among the states: sent once more after an attempt that may have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    epoch: int
    """Grows with each new owner."""
    state: str
    """An `AccountState`."""
    reason: str
    is_owned: bool
    """By a process that is there: on PostgreSQL, whose lease runs."""
    since: datetime
    """Of the newest owner, in real time."""


async def messages(conn: AsyncConnection) -> Mapping[tuple[str, Lane, str], int]:
    """How many messages are `ready`, `sending`, `unknown`, `dead` or `held`, and how many duplicates are possible, by
    (account, lane, state). What has none is absent. Reads indexes of open messages, never the whole table."""
    unclear = MessageRow.state.in_([literal_column(f"'{state}'") for state in ("unknown", "dead", "held")])
    account, lane, state = MessageRow.account, MessageRow.lane, MessageRow.state
    rows = await conn.execute(
        union_all(
            select(account, lane, state, func.count()).where(is_ready()).group_by(account, lane, state),
            select(account, lane, state, func.count())
            .where(in_state(MessageState.SENDING))
            .group_by(account, lane, state),
            select(account, lane, state, func.count()).where(unclear).group_by(account, lane, state),
            select(account, lane, literal(DUPLICATE_POSSIBLE), func.count())
            .where(MessageRow.duplicate_possible)
            .group_by(account, lane),
        )
    )
    return {(account, Lane(lane), state): number for account, lane, state, number in rows}


async def ownership(conn: AsyncConnection) -> Mapping[str, Ownership]:
    """Of every account that was ever owned."""
    living = None if on_sqlite(conn) else await living_workers(conn)
    rows = await conn.execute(
        select(
            AccountRow.account,
            AccountRow.epoch,
            AccountRow.state,
            AccountRow.reason,
            AccountRow.owner,
            AccountRow.owned_since,
        )
    )
    return {
        row.account: Ownership(
            epoch=row.epoch,
            state=row.state,
            reason=row.reason,
            is_owned=living is None or row.owner in living,
            since=row.owned_since,
        )
        for row in rows
    }


async def living_workers(conn: AsyncConnection) -> frozenset[str]:
    """The names of the workers whose lease runs; on SQLite none has one."""
    if on_sqlite(conn):
        return frozenset()
    return frozenset(await conn.scalars(select(WorkerRow.name).where(WorkerRow.lease_until > func.now())))


async def newest_at(conn: AsyncConnection) -> datetime | None:
    """When the newest row was written, by the bot's clock; None in a database without messages."""
    moments = [
        await conn.scalar(select(MessageRow.created_at).order_by(MessageRow.id.desc()).limit(1)),
        await conn.scalar(select(InboundRow.received_at).order_by(InboundRow.id.desc()).limit(1)),
    ]
    return max((moment for moment in moments if moment is not None), default=None)
