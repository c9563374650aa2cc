"""Subscribers and their addresses. What is returned here is locked until the transaction ends: whoever changes a
person's state has read it under this lock. On SQLite the one writer is the lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import structlog
from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.core.delivery import MessageState
from bot.core.messages import Address
from bot.core.subscriber import Subscriber
from bot.store.crypt import keys_of
from bot.store.dialect import an_insert, on_sqlite
from bot.store.due import LATER, due, next_due, with_preferred_address
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
_log = structlog.get_logger(__name__)


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


async def postpone(conn: AsyncConnection, practice: str, subscriber_id: int, until: datetime) -> None:
    """Moves `next_at` and nothing else: for a subscriber whose plan failed, so that it does not fail at once again.

    Raises Missing.
    """
    of_practice = LATER.where(SubscriberRow.practice == practice)
    moved = await conn.execute(of_practice, {"its_id": subscriber_id, "until": until})
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
    found: int | None = await conn.scalar(_ITS_ID, at_address(practice, address))
    return found


async def number_of(conn: AsyncConnection, practice: str, named: str) -> int:
    """The id of the subscriber that a person of the practice names: by number, or as channel:external id.

    Raises Missing.
    """
    channel, colon, external_id = named.strip().partition(":")
    if colon:
        account = f"{practice}:{channel.lower()}"
        its = (AddressRow.account == account, AddressRow.external_id == external_id, AddressRow.practice == practice)
        found = await conn.scalar(select(AddressRow.subscriber_id).where(*its))
    elif named.strip().isdecimal() and len(named.strip()) < 19:
        of_practice = (SubscriberRow.id == int(named), SubscriberRow.practice == practice)
        found = await conn.scalar(select(SubscriberRow.id).where(*of_practice))
    else:
        found = None
    if found is None:
        raise Missing("no such subscriber at this practice")
    return int(found)


AT_ADDRESS: Final = (
    AddressRow.practice == bindparam("its_practice"),
    AddressRow.account == bindparam("its_account"),
    AddressRow.external_id == bindparam("its_external_id"),
)
_ITS_ID: Final = select(AddressRow.id).where(*AT_ADDRESS)


def at_address(practice: str, address: Address) -> dict[str, Any]:
    """The parameters of `AT_ADDRESS`."""
    return {"its_practice": practice, "its_account": address.account, "its_external_id": address.external_id}


_AT_ADDRESS_LOCKED: Final = (
    select_subscribers()
    .add_columns(AddressRow.reachable.label("address_reachable"), AddressRow.name)
    .join(AddressRow, AddressRow.subscriber_id == SubscriberRow.id)
    .where(SubscriberRow.practice == bindparam("its_practice"), *AT_ADDRESS)
    .with_for_update(of=SubscriberRow)
)


async def _preferred(conn: AsyncConnection, *which: ColumnElement[bool]) -> list[Subscriber]:
    rows = await conn.execute(with_preferred_address().where(*which).with_for_update(of=SubscriberRow))
    return await read_rows(conn, rows.all())


async def _known(conn: AsyncConnection, practice: str, address: Address, called: str) -> Subscriber | None:
    row = (await conn.execute(_AT_ADDRESS_LOCKED, at_address(practice, address))).one_or_none()
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
        _CREATED, {"practice": practice, "next_at": None, "last_cause": "", **columns_of(new, keys_of(conn))}
    )
    address_id = await conn.scalar(
        _address_created(on_sqlite(conn)),
        {
            "practice": practice,
            "subscriber_id": subscriber_id,
            "channel": address.channel.value,
            "account": address.account,
            "external_id": address.external_id,
            "name": called,
            "reachable": True,
            "created_at": now,
            "last_seq": 0,
        },
    )
    if address_id is None:
        await conn.execute(delete(SubscriberRow).where(SubscriberRow.id == subscriber_id))
        return None
    await conn.execute(_PREFERRED, {"its_id": subscriber_id, "its_address": address_id})
    return replace(new, id=int(subscriber_id or 0))


_CREATED: Final = insert(SubscriberRow).returning(SubscriberRow.id)
_PREFERRED: Final = (
    update(SubscriberRow)
    .where(SubscriberRow.id == bindparam("its_id"))
    .values(preferred_address_id=bindparam("its_address"))
)


@cache
def _address_created(sqlite: bool) -> ReturningInsert[int]:  # noqa: FBT001 -- a fact, no switch
    once = an_insert(AddressRow, sqlite=sqlite).on_conflict_do_nothing(index_elements=["account", "external_id"])
    return once.returning(AddressRow.id)
