"""Subscribers and their addresses. What is returned here is locked until the transaction ends: whoever changes a
person's state has read it under this lock. On SQLite the one writer is the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Address
from bot.core.subscriber import Subscriber
from bot.store.crypt import keys_of
from bot.store.dialect import insert_into
from bot.store.errors import Missing, WrongPractice
from bot.store.joining import join
from bot.store.memory import columns_of, read_rows, select_subscribers
from bot.store.rows import is_ready
from bot.store.tables import AddressRow, MessageRow, SubscriberRow
from bot.store.types import storable

__all__ = [
    "address_id_of",
    "due",
    "find_or_create",
    "join",
    "load",
    "mark_unreachable",
    "move_address",
    "next_due",
    "postpone",
]

_LONGEST_NAME: Final = 200
_LONGEST_CODE: Final = 200


async def find_or_create(
    conn: AsyncConnection,
    practice: str,
    address: Address,
    *,
    zone: str,
    now: datetime,
    first_touch: str = "",
    name: str = "",
) -> Subscriber:
    """The person who writes from `address`, locked; a new one in `zone` (IANA) whose first touch is that code, when
    nobody does. The value's address is `address`, which is reachable from now on: somebody wrote from it.

    Raises WrongPractice when the account is another practice's.
    """
    if address.account != f"{practice}:{address.channel.value}":
        raise WrongPractice("the account of an address belongs to one practice")
    called = storable(name, _LONGEST_NAME)
    while True:
        known = await _known(conn, practice, address, called)
        if known is not None:
            return known
        created = await _create(conn, practice, address, zone, now, storable(first_touch, _LONGEST_CODE), called)
        if created is not None:
            return created


async def load(conn: AsyncConnection, practice: str, subscriber_id: int) -> Subscriber:
    """The subscriber with the preferred address, locked. Raises Missing."""
    found = await _preferred(conn, SubscriberRow.id == subscriber_id, SubscriberRow.practice == practice)
    if not found:
        raise Missing("no such subscriber at this practice")
    return found[0]


async def due(conn: AsyncConnection, practices: Sequence[str], now: datetime, limit: int) -> list[Subscriber]:
    """At most `limit` subscribers of `practices` whose `next_at` has come, the longest due first, each with the
    preferred address and locked; on PostgreSQL those that somebody else has locked are passed over."""
    chosen = (
        select(SubscriberRow.id, SubscriberRow.next_at)
        .where(SubscriberRow.next_at.is_not(None), SubscriberRow.next_at <= now, _of(practices))
        .order_by(SubscriberRow.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    rows = await conn.execute(
        _with_preferred_address().join(chosen, chosen.c.id == SubscriberRow.id).order_by(chosen.c.next_at, chosen.c.id)
    )
    return await read_rows(conn, rows.all())


async def next_due(conn: AsyncConnection, practices: Sequence[str] | None = None) -> datetime | None:
    """The earliest `next_at`, which may be in the past; None when nobody is planned. `practices` leaves out the
    people of practices that are no longer served, who would be due for ever."""
    earliest = select(func.min(SubscriberRow.next_at)).where(SubscriberRow.next_at.is_not(None))
    if practices is not None:
        earliest = (
            select(SubscriberRow.next_at)
            .where(SubscriberRow.next_at.is_not(None), _of(practices))
            .order_by(SubscriberRow.next_at)
            .limit(1)
        )
    moment: datetime | None = await conn.scalar(earliest)
    return moment


async def postpone(conn: AsyncConnection, practice: str, subscriber_id: int, until: datetime) -> None:
    """Moves `next_at` and nothing else: for a subscriber whose plan failed, so that it does not fail at once again.

    Raises Missing.
    """
    moved = await conn.execute(
        update(SubscriberRow)
        .where(SubscriberRow.id == subscriber_id, SubscriberRow.practice == practice)
        .values(next_at=until)
    )
    if moved.rowcount == 0:
        raise Missing("no such subscriber at this practice")


async def mark_unreachable(conn: AsyncConnection, practice: str, address_id: int, now: datetime) -> None:
    """The platform refuses the address for good. Another reachable address becomes the preferred one; without any,
    the subscriber is unreachable and nothing is planned any more, until the person writes. What was to go there
    unasked is cancelled at `now`. Raises Missing."""
    subscriber_id = await conn.scalar(
        select(AddressRow.subscriber_id).where(AddressRow.id == address_id, AddressRow.practice == practice)
    )
    if subscriber_id is None:
        raise Missing("no such address at this practice")
    preferred = await conn.scalar(
        select(SubscriberRow.preferred_address_id).where(SubscriberRow.id == subscriber_id).with_for_update()
    )
    await conn.execute(update(AddressRow).where(AddressRow.id == address_id).values(reachable=False))
    await conn.execute(
        update(MessageRow)
        .where(MessageRow.address_id == address_id, is_ready(), MessageRow.unasked)
        .values(state=MessageState.CANCELLED.value, reason="unreachable", ended_at=now)
    )
    other = await conn.scalar(
        select(func.max(AddressRow.id)).where(AddressRow.subscriber_id == subscriber_id, AddressRow.reachable)
    )
    changes: dict[str, Any] = {}
    if other is None:
        changes = {"reachable": False, "next_at": None}
    elif preferred == address_id:
        changes = {"preferred_address_id": other}
    if changes:
        await conn.execute(update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(**changes))


async def move_address(conn: AsyncConnection, practice: str, address_id: int, external_id: str) -> bool:
    """Gives the address the new id that the platform named. False, and no change, when another address of the account
    has that id already. Raises Missing."""
    account = await conn.scalar(
        select(AddressRow.account).where(AddressRow.id == address_id, AddressRow.practice == practice)
    )
    if account is None:
        raise Missing("no such address at this practice")
    taken = select(AddressRow.id).where(AddressRow.account == account, AddressRow.external_id == external_id)
    if await conn.scalar(taken) is not None:
        return False
    await conn.execute(update(AddressRow).where(AddressRow.id == address_id).values(external_id=external_id))
    return True


async def address_id_of(conn: AsyncConnection, practice: str, address: Address) -> int | None:
    """The address's row, without a lock; None when nobody of this practice ever wrote from it."""
    found: int | None = await conn.scalar(
        select(AddressRow.id).where(
            AddressRow.practice == practice,
            AddressRow.account == address.account,
            AddressRow.external_id == address.external_id,
        )
    )
    return found


def _of(practices: Sequence[str]) -> ColumnElement[bool]:
    """As an expression that no index knows: SQLite would rather walk through everybody of the practices than through
    the few who are due."""
    return SubscriberRow.practice.concat("").in_(practices)


def _with_preferred_address() -> Select[*tuple[Any, ...]]:
    return select_subscribers().join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)


async def _preferred(conn: AsyncConnection, *which: ColumnElement[bool]) -> list[Subscriber]:
    rows = await conn.execute(_with_preferred_address().where(*which).with_for_update(of=SubscriberRow))
    return await read_rows(conn, rows.all())


async def _known(conn: AsyncConnection, practice: str, address: Address, called: str) -> Subscriber | None:
    row = (
        await conn.execute(
            select_subscribers()
            .add_columns(AddressRow.reachable.label("address_reachable"), AddressRow.name)
            .join(AddressRow, AddressRow.subscriber_id == SubscriberRow.id)
            .where(
                SubscriberRow.practice == practice,
                AddressRow.account == address.account,
                AddressRow.external_id == address.external_id,
            )
            .with_for_update(of=SubscriberRow)
        )
    ).one_or_none()
    if row is None:
        return None
    if not row.address_reachable or called not in {"", row.name}:
        seen = {"reachable": True, "name": called or row.name}
        await conn.execute(update(AddressRow).where(AddressRow.id == row.address_id).values(**seen))
    [subscriber] = await read_rows(conn, [row])
    if subscriber.reachable:
        return subscriber
    back = {"reachable": True, "preferred_address_id": row.address_id}
    await conn.execute(update(SubscriberRow).where(SubscriberRow.id == subscriber.id).values(**back))
    return replace(subscriber, reachable=True)


async def _create(
    conn: AsyncConnection, practice: str, address: Address, zone: str, now: datetime, first_touch: str, called: str
) -> Subscriber | None:
    """None when somebody else has made the same one in the meantime."""
    new = Subscriber(
        id=0, practice=practice, address=address, created_at=now.astimezone(UTC), zone=zone, first_touch=first_touch
    )
    subscriber_id = await conn.scalar(
        insert(SubscriberRow)
        .values(practice=practice, next_at=None, last_cause="", **columns_of(new, keys_of(conn)))
        .returning(SubscriberRow.id)
    )
    address_id = await conn.scalar(
        insert_into(conn, AddressRow)
        .values(
            practice=practice,
            subscriber_id=subscriber_id,
            channel=address.channel.value,
            account=address.account,
            external_id=address.external_id,
            name=called,
            reachable=True,
            created_at=now,
            last_seq=0,
        )
        .on_conflict_do_nothing(index_elements=["account", "external_id"])
        .returning(AddressRow.id)
    )
    of_new = SubscriberRow.id == subscriber_id
    if address_id is None:
        await conn.execute(delete(SubscriberRow).where(of_new))
        return None
    await conn.execute(update(SubscriberRow).where(of_new).values(preferred_address_id=address_id))
    return replace(new, id=int(subscriber_id or 0))
