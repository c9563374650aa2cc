"""Who is due: read in the order of their `next_at`, and locked until the transaction ends but where it says otherwise.

On SQLite the one writer is the lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    not_,
    null,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.subscriber import Subscriber
from bot.crash import kind_and_place
from bot.store.dialect import is_among, on_sqlite
from bot.store.hold import planned
from bot.store.memory import Unread, select_subscribers, unread
from bot.store.tables import AddressRow, SubscriberRow

UNREADABLE_FOR: Final = timedelta(hours=1)
"""Somebody whose state cannot be read is looked at again after this."""
LATER: Final = update(SubscriberRow).where(SubscriberRow.id == bindparam("its_id")).values(next_at=bindparam("until"))
_log = structlog.get_logger(__name__)


async def due(conn: AsyncConnection, practices: Sequence[str], now: datetime, limit: int) -> list[Subscriber]:
    """At most `limit` subscribers of `practices` whose `next_at` has come, the longest due first, each with the
    preferred address and locked; on PostgreSQL those that somebody else has locked are passed over. Practices that
    are held after a restore have nobody due. Whose state cannot be read is due again in an hour."""
    readable, unreadable = (await _due(conn, _whom(on_sqlite(conn)), practices, now, limit)).readable()
    await put_off(conn, unreadable, now)
    return readable


class Beside(NamedTuple):
    """What stands beside a subscriber who is due for the plan, as it was read."""

    address_id: int
    next_at: datetime
    last_cause: str
    memory: str
    private: bytes | None
    recent: bytes | None
    """Encrypted; the subscriber has none."""


async def due_for_plan(conn: AsyncConnection, practices: Sequence[str], now: datetime, limit: int) -> Unread:
    """The same, yet to be read, each without `recent` and with what `beside` tells. Whose state turns out to be
    unreadable is the caller's to put off."""
    return await _due(conn, _whom_to_plan(on_sqlite(conn)), practices, now, limit)


async def due_ahead(
    conn: AsyncConnection, practices: Sequence[str], now: datetime, limit: int, but: Collection[int]
) -> Unread:
    """On SQLite: those whom `due_for_plan` would give without those in `but`, only read and not locked, so that they
    may change meanwhile."""
    among = {"practices": await planned(conn, practices), "now": now, "most": limit, "but": list(but)}
    return await unread(conn, (await conn.execute(_whom_ahead(), among)).all())


def beside(row: Row[*tuple[Any, ...]]) -> Beside:
    """Of a row of `due_for_plan` or `due_ahead`."""
    # By place: a name of a row takes longer than all that is done with it here.
    return Beside(row[_ADDRESS_ID], row[-3], row[-2], row[_MEMORY], row[_PRIVATE], row[-1])


async def put_off(conn: AsyncConnection, unreadable: Mapping[int, Exception], now: datetime) -> None:
    """One person's broken state must not stop everybody's plan: the neighbours go on."""
    for subscriber_id, problem in unreadable.items():
        _log.error("subscriber_unreadable", subscriber=subscriber_id, **kind_and_place(problem))
        await conn.execute(LATER, {"its_id": subscriber_id, "until": now + UNREADABLE_FOR})


_KEYS: Final = [one.key for one in select_subscribers().selected_columns]
_ADDRESS_ID: Final = _KEYS.index("address_id")
_MEMORY: Final = _KEYS.index("memory")
_PRIVATE: Final = _KEYS.index("private")


async def _due(
    conn: AsyncConnection, which: Select[*tuple[Any, ...]], practices: Sequence[str], now: datetime, limit: int
) -> Unread:
    among = {"practices": await planned(conn, practices), "now": now, "most": limit}
    return await unread(conn, (await conn.execute(which, among)).all())


@cache
def _whom(sqlite: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- a fact, no switch
    return _among_due(with_preferred_address(), sqlite=sqlite)


@cache
def _whom_to_plan(sqlite: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- a fact, no switch
    return _among_due(_for_plan(), sqlite=sqlite)


def _for_plan() -> Select[*tuple[Any, ...]]:
    people = select_subscribers(null()).add_columns(
        SubscriberRow.next_at, SubscriberRow.last_cause, SubscriberRow.recent.label("heard")
    )
    return people.join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)


def _among_due(people: Select[*tuple[Any, ...]], *more: ColumnElement[bool], sqlite: bool) -> Select[*tuple[Any, ...]]:
    chosen = (
        select(SubscriberRow.id, SubscriberRow.next_at)
        .where(
            SubscriberRow.next_at.is_not(None),
            SubscriberRow.next_at <= bindparam("now"),
            _of_practices(sqlite),
            *more,
        )
        .order_by(SubscriberRow.next_at)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return people.join(chosen, chosen.c.id == SubscriberRow.id).order_by(chosen.c.next_at, chosen.c.id)


@cache
def _whom_ahead() -> Select[*tuple[Any, ...]]:
    # Without an index: SQLite would rather look up everybody else.
    its_id = SubscriberRow.id + literal_column("0")
    return _among_due(_for_plan(), not_(is_among(its_id, "but", sqlite=True)), sqlite=True)


async def next_due(conn: AsyncConnection, practices: Sequence[str] | None = None) -> datetime | None:
    """The earliest `next_at`, which may be in the past; None when nobody is planned. `practices` leaves out the
    people of practices that are no longer served or are held, who would be due for ever."""
    moment: datetime | None
    if practices is None:
        moment = await conn.scalar(_EARLIEST)
    else:
        moment = await conn.scalar(_earliest_of(on_sqlite(conn)), {"practices": await planned(conn, practices)})
    return moment


_EARLIEST: Final = select(func.min(SubscriberRow.next_at)).where(SubscriberRow.next_at.is_not(None))


@cache
def _earliest_of(sqlite: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- a fact, no switch
    return (
        select(SubscriberRow.next_at)
        .where(SubscriberRow.next_at.is_not(None), _of_practices(sqlite))
        .order_by(SubscriberRow.next_at)
        .limit(literal_column("1"))
    )


def _of_practices(sqlite: bool) -> ColumnElement[bool]:  # noqa: FBT001 -- a fact, no switch
    """As an expression that no index knows: SQLite would rather walk through everybody of the practices than through
    the few who are due."""
    return is_among(SubscriberRow.practice.concat(literal_column("''")), "practices", sqlite=sqlite, texts=True)


def with_preferred_address() -> Select[*tuple[Any, ...]]:
    return select_subscribers().join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
