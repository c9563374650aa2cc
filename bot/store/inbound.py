"""What came in: stored once per (account, external id), before it is acknowledged to the platform."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Address, Channel, Inbound
from bot.core.subscriber import Subscriber
from bot.store.crypt import keys_of
from bot.store.dialect import insert_into
from bot.store.errors import Missing, WrongPractice
from bot.store.rows import read_body
from bot.store.subscribers import address_id_of
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
    address_id = await address_id_of(conn, practice, subscriber.address)
    if address_id is None:
        raise Missing("no such address at this practice")
    known: dict[str, Any] = {"subscriber_id": subscriber.id, "address_id": address_id}
    if subscriber.address.channel is Channel.WEBCHAT:
        known["seq"] = await conn.scalar(
            update(AddressRow)
            .where(AddressRow.id == address_id)
            .values(last_seq=AddressRow.last_seq + 1)
            .returning(AddressRow.last_seq)
        )
    attached = await conn.execute(
        update(InboundRow).where(InboundRow.id == inbound_row, InboundRow.practice == practice).values(**known)
    )
    if attached.rowcount == 0:
        raise Missing("no such inbound row at this practice")


async def poison(conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime) -> int | None:
    """Stores what could not be handled, so that it blocks nobody and can be looked at; None when it was stored before.

    Raises WrongPractice.
    """
    return await _insert(conn, practice, inbound, now, poisoned=True)


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
    _, buttons = read_body(keys_of(conn).decrypt(body))
    return buttons[index].action if 0 <= index < len(buttons) else None


async def _insert(
    conn: AsyncConnection, practice: str, inbound: Inbound, now: datetime, *, poisoned: bool
) -> int | None:
    if inbound.address.account != f"{practice}:{inbound.address.channel.value}":
        raise WrongPractice("the account of an address belongs to one practice")
    row: int | None = await conn.scalar(
        insert_into(conn, InboundRow)
        .values(
            practice=practice,
            account=inbound.address.account,
            external_id=storable(inbound.external_id, _LONGEST_PAYLOAD),
            subscriber_id=None,
            address_id=None,
            kind=inbound.kind.value,
            text=keys_of(conn).encrypt(inbound.text) if inbound.text else None,
            payload=storable(inbound.payload, _LONGEST_PAYLOAD),
            message_id=_bigint(inbound.message_id),
            button=_bigint(inbound.button),
            seq=0,
            poisoned=poisoned,
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["account", "external_id"])
        .returning(InboundRow.id)
    )
    return row


def _bigint(number: int | None) -> int | None:
    """A tap that names a row no database can number names none."""
    return number if number is not None and abs(number) < 2**63 else None
