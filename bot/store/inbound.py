"""What came in: stored once per (account, external id), before it is acknowledged to the platform."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.core.messages import Address, Channel, Inbound
from bot.core.subscriber import Subscriber
from bot.store.crypt import keys_of
from bot.store.dialect import an_insert, on_sqlite
from bot.store.errors import Missing, WrongPractice
from bot.store.rows import opened_body
from bot.store.subscribers import AT_ADDRESS, at_address
from bot.store.tables import AddressRow, InboundRow, MessageRow
from bot.store.types import storable

_LONGEST_PAYLOAD: Final = 1_000


async def admit(
    conn: AsyncConnection, practice: str, subscriber: Subscriber | None, inbound: Inbound, now: datetime
) -> int | None:
    """Stores what came in and returns its row; None for a duplicate, with which nothing more is to be done.

    `subscriber` is who sent it; None when that is not known yet, then `attach` says so. Raises WrongPractice.
    """
    row = await _insert(conn, practice, inbound, now, poisoned=False)
    if row is not None and subscriber is not None:
        await attach(conn, practice, row, subscriber)
    return row


async def attach(conn: AsyncConnection, practice: str, inbound_row: int, subscriber: Subscriber) -> None:
    """Says who sent a row, from which of the subscriber's addresses, and numbers it within a web chat.

    Raises WrongPractice, or Missing when the row or the address is not there at this practice.
    """
    if subscriber.practice != practice:
        raise WrongPractice("the subscriber is another practice's")
    where = at_address(practice, subscriber.address)
    seq = 0
    if subscriber.address.channel is Channel.WEBCHAT:
        seq = await conn.scalar(_NUMBERED, where) or 0
    attached = (
        await conn.execute(
            _ATTACHED, {"its_row": inbound_row, "its_subscriber": subscriber.id, "its_seq": seq, **where}
        )
    ).one_or_none()
    if attached is None or attached.address_id is None:
        raise Missing("no such inbound row or address at this practice")


_NUMBERED: Final = (
    update(AddressRow).where(*AT_ADDRESS).values(last_seq=AddressRow.last_seq + 1).returning(AddressRow.last_seq)
)
_ATTACHED: Final = (
    update(InboundRow)
    .where(InboundRow.id == bindparam("its_row"), InboundRow.practice == bindparam("its_practice"))
    .values(
        subscriber_id=bindparam("its_subscriber"),
        address_id=select(AddressRow.id).where(*AT_ADDRESS).scalar_subquery(),
        seq=bindparam("its_seq"),
    )
    .returning(InboundRow.address_id)
)


async def poison(conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime) -> int | None:
    """Stores what could not be handled, so that it blocks nobody and can be looked at; None when it was stored before.

    Raises WrongPractice.
    """
    return await _insert(conn, practice, inbound, now, poisoned=True)


async def drop_text(conn: AsyncConnection, practice: str, inbound_row: int) -> None:
    """Keeps only that something came: a text that nobody's erasure would find is not kept."""
    its = (InboundRow.id == inbound_row, InboundRow.practice == practice)
    await conn.execute(update(InboundRow).where(*its).values(text=None, payload=""))


async def button_action(
    conn: AsyncConnection, practice: str, address: Address, message_id: int, index: int
) -> str | None:
    """What the button at `index` of our message means, when that message was sent to `address`; else None."""
    if _bigint(message_id) is None:
        return None
    body = await conn.scalar(
        select(MessageRow.body)
        .join(AddressRow, AddressRow.id == MessageRow.address_id)
        .where(
            MessageRow.id == message_id,
            MessageRow.practice == practice,
            AddressRow.account == address.account,
            AddressRow.external_id == address.external_id,
        )
    )
    if body is None:
        return None
    buttons = opened_body(keys_of(conn), body).buttons
    return buttons[index].action if 0 <= index < len(buttons) else None


async def _insert(
    conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime, *, poisoned: bool
) -> int | None:
    if inbound.address.account != f"{practice}:{inbound.address.channel.value}":
        raise WrongPractice("the account of an address belongs to one practice")
    row: int | None = await conn.scalar(
        _once(on_sqlite(conn)),
        {
            "practice": practice,
            "account": inbound.address.account,
            "external_id": storable(inbound.external_id, _LONGEST_PAYLOAD),
            "subscriber_id": None,
            "address_id": None,
            "kind": inbound.kind.value,
            "text": keys_of(conn).encrypt(inbound.text) if inbound.text else None,
            "payload": storable(inbound.payload, _LONGEST_PAYLOAD),
            "message_id": _bigint(inbound.message_id),
            "button": _bigint(inbound.button),
            "seq": 0,
            "poisoned": poisoned,
            "received_at": now,
        },
    )
    return row


@cache
def _once(sqlite: bool) -> ReturningInsert[int]:  # noqa: FBT001 -- a fact, no switch
    insert = an_insert(InboundRow, sqlite=sqlite).on_conflict_do_nothing(index_elements=["account", "external_id"])
    return insert.returning(InboundRow.id)


def _bigint(number: int | None) -> int | None:
    """A tap that names a row no database can number names none."""
    return number if number is not None and abs(number) < 2**63 else None
