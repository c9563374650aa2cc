"""The processes that send, on PostgreSQL: each renews one row, and with that the lease of everything it owns.

Times are the database's own, so that machines whose clocks differ agree. A lease that is over is never renewed: its
worker comes back under another name, as somebody who owns nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Interval, and_, delete, func, literal, not_, select, type_coerce, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import AccountRow, WorkerRow

SET_BACK: Final = timedelta(minutes=1)
"""A lease that ends later than its length and this from now was given before the database's clock was set back."""
_CHANGING: Final = 0x6E6162696A
"""Of the advisory lock that a worker holds while it takes accounts."""


@dataclass(frozen=True, slots=True)
class Member:
    """A worker's row."""

    name: str
    lease_until: datetime
    leaving: bool = False


async def join(conn: AsyncConnection, name: str, lease: timedelta) -> None:
    """A new worker with a lease that runs for so long from now."""
    await conn.execute(
        postgresql.insert(WorkerRow).values(
            name=name, started_at=func.now(), lease_until=_from_now(lease), leaving=False
        )
    )


async def renew(conn: AsyncConnection, name: str, lease: timedelta) -> bool:
    """Lets the lease run for so long from now. False when it is over: others may have taken what the worker had."""
    runs = and_(WorkerRow.lease_until > func.now(), WorkerRow.lease_until <= _from_now(lease + SET_BACK))
    renewed = await conn.execute(
        update(WorkerRow).where(WorkerRow.name == name, runs).values(lease_until=_from_now(lease))
    )
    return renewed.rowcount > 0


async def leave(conn: AsyncConnection, name: str) -> None:
    """The worker has its lease still, and no share any more."""
    await conn.execute(update(WorkerRow).where(WorkerRow.name == name).values(leaving=True))


async def gone(conn: AsyncConnection, name: str) -> None:
    """The worker ends: whatever it still owned is anybody's now."""
    await conn.execute(delete(WorkerRow).where(WorkerRow.name == name))


async def members(conn: AsyncConnection) -> tuple[Sequence[Member], datetime]:
    """Every worker's row, those whose lease is over among them, and the database's time."""
    now = await conn.scalar(select(type_coerce(func.now(), WorkerRow.lease_until.type)))
    assert now is not None
    rows = await conn.execute(select(WorkerRow.name, WorkerRow.lease_until, WorkerRow.leaving))
    return [Member(*row) for row in rows], now


async def forget(conn: AsyncConnection, living: Collection[str]) -> None:
    """Drops the rows of workers that are none of the `living` and own nothing any more."""
    owns = select(AccountRow.account).where(AccountRow.owner == WorkerRow.name)
    await conn.execute(delete(WorkerRow).where(WorkerRow.name.not_in(living), not_(owns.exists())))


async def may_change(conn: AsyncConnection) -> bool:
    """True until the end of the transaction when nobody else is taking accounts at this moment."""
    return bool(await conn.scalar(select(func.pg_try_advisory_xact_lock(_CHANGING))))


def _from_now(lease: timedelta) -> ColumnElement[datetime]:
    return type_coerce(func.now() + literal(lease, Interval()), WorkerRow.lease_until.type)
