"""Erasing a person: every row goes in one transaction, whatever table it is in, since all of them hang on the
subscriber's row. What is left is proof without a name, and for less than a minute the address that gets the receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Address, Channel, Kind
from bot.core.subscriber import Subscriber
from bot.store.crypt import keys_of
from bot.store.errors import Missing
from bot.store.memory import columns_of
from bot.store.rows import NO_BODY
from bot.store.tables import (
    AddressRow,
    AnswerRow,
    ConsentProofRow,
    ConsentRow,
    ErasureRow,
    EventRow,
    InboundRow,
    MessageRow,
    SubscriberRow,
)
from bot.store.tombstones import Happened, Tombstones, tombstones_of

ERASED: Final = "erased"
"""Why a message that told answers was cancelled."""
RECEIPT_WITHIN: Final = timedelta(seconds=25)
"""Real time. The worker looks every 30 seconds: within a minute of the person's word nothing is left."""
_SENT_AGAIN_FOR: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365.25)
_AT_ONCE: Final = 200


async def forget(
    conn: AsyncConnection,
    practice: str,
    subscriber_id: int,
    addresses: Iterable[Address],
    proof_years: int,
    now: datetime,
) -> None:
    """Deletes everything of the subscriber, whose row the caller has locked, and keeps proof of the consents for so
    many years. The caller writes the tombstone."""
    await _keep_proof(conn, practice, subscriber_id, list(addresses), proof_years, now)
    await _keep_numbers_of_updates(conn, subscriber_id, now)
    await conn.execute(delete(SubscriberRow).where(SubscriberRow.id == subscriber_id))
    counted = {"practice": practice, "subscriber_id": None, "kind": "erased", "data": "{}", "at": now, "cause": ""}
    await conn.execute(insert(EventRow), counted)


async def leave_for_receipt(conn: AsyncConnection, subscriber: Subscriber, seq: int, now: datetime) -> tuple[int, int]:
    """A blank subscriber at the address, only for the receipt, and gone within a minute. `seq` is the last number of a
    web chat, so that an open page takes the receipt as the next line. Returns the ids of subscriber and address."""
    blank = blank_of(subscriber, now)
    subscriber_id = await conn.scalar(
        insert(SubscriberRow).returning(SubscriberRow.id),
        {"practice": blank.practice, "next_at": None, "last_cause": "", **columns_of(blank, keys_of(conn))},
    )
    address_id = await conn.scalar(
        insert(AddressRow).returning(AddressRow.id),
        {
            "practice": blank.practice,
            "subscriber_id": subscriber_id,
            "channel": blank.address.channel.value,
            "account": blank.address.account,
            "external_id": blank.address.external_id,
            "name": "",
            "reachable": True,
            "created_at": now,
            "last_seq": seq,
        },
    )
    assert subscriber_id is not None and address_id is not None
    preferred = {"preferred_address_id": address_id}
    await conn.execute(update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(**preferred))
    due = {"subscriber_id": subscriber_id, "practice": blank.practice, "due_at": datetime.now(UTC) + RECEIPT_WITHIN}
    await conn.execute(insert(ErasureRow), due)
    return subscriber_id, address_id


def blank_of(subscriber: Subscriber, now: datetime) -> Subscriber:
    """Somebody of whom nothing is known but where the receipt goes."""
    return Subscriber(
        id=0,
        practice=subscriber.practice,
        address=subscriber.address,
        created_at=now.astimezone(UTC),
        zone=subscriber.zone,
        gone_at=now.astimezone(UTC),
    )


async def comes_back(conn: AsyncConnection, subscriber: Subscriber, now: datetime) -> Subscriber:
    """Who writes before the rest was erased is somebody new from now on. The caller holds the lock."""
    await conn.execute(delete(ErasureRow).where(ErasureRow.subscriber_id == subscriber.id))
    return replace(subscriber, created_at=now.astimezone(UTC), gone_at=None)


async def any_due(conn: AsyncConnection, real_now: datetime) -> bool:
    """Asked of a reader, so that the writer has nothing to do most of the time."""
    return await conn.scalar(select(ErasureRow.subscriber_id).where(ErasureRow.due_at <= real_now).limit(1)) is not None


async def finish(conn: AsyncConnection, real_now: datetime, limit: int = _AT_ONCE) -> int:
    """Erases what was left for at most `limit` receipts whose time is over, and returns how many. Idempotent: what a
    crash interrupted is found again."""
    over = (
        select(SubscriberRow.id)
        .join(ErasureRow, ErasureRow.subscriber_id == SubscriberRow.id)
        .where(ErasureRow.due_at <= real_now)
        .limit(limit)
        .with_for_update(of=SubscriberRow, skip_locked=True)
    )
    ids = list(await conn.scalars(over))
    if ids:
        await conn.execute(delete(SubscriberRow).where(SubscriberRow.id.in_(ids)))
    return len(ids)


async def erase_person(
    conn: AsyncConnection, practice: str, subscriber_id: int, proof_years: int, now: datetime
) -> int:
    """The same by hand of the practice: nothing is left and nothing is sent. Returns the number of addresses.

    Raises Missing; DatabaseUnavailable when the tombstone cannot be written.
    """
    locked = await conn.scalar(
        select(SubscriberRow.id)
        .where(SubscriberRow.id == subscriber_id, SubscriberRow.practice == practice)
        .with_for_update()
    )
    if locked is None:
        raise Missing("no such subscriber at this practice")
    addresses = await addresses_of(conn, subscriber_id)
    await forget(conn, practice, subscriber_id, addresses, proof_years, now)
    tombstones = tombstones_of(conn)
    if tombstones is not None:
        await tombstones.append(practice, addresses, Happened.ERASED, now)
    return len(addresses)


async def addresses_of(conn: AsyncConnection, subscriber_id: int) -> Mapping[Address, int]:
    rows = await conn.execute(
        select(AddressRow.id, AddressRow.channel, AddressRow.account, AddressRow.external_id)
        .where(AddressRow.subscriber_id == subscriber_id)
        .order_by(AddressRow.id)
    )
    return {Address(Channel(row.channel), row.account, row.external_id): row.id for row in rows}


async def seq_of(conn: AsyncConnection, address_id: int) -> int:
    """The last number given out in a web chat."""
    return int(await conn.scalar(select(AddressRow.last_seq).where(AddressRow.id == address_id)) or 0)


async def erase_answers(conn: AsyncConnection, of_whom: Sequence[int]) -> None:
    """What these people answered, and "je week in woorden", which tells it once more: also where it is still to be
    sent, or lies in a web chat that nobody has opened since. The caller holds their locks."""
    if not of_whom:
        return
    await conn.execute(delete(AnswerRow).where(AnswerRow.subscriber_id.in_(of_whom)))
    is_week = (MessageRow.subscriber_id.in_(of_whom), MessageRow.kind == Kind.WEEK.value)
    open_states = (MessageState.READY.value, MessageState.SENDING.value, MessageState.HELD.value)
    cancelled = {"state": MessageState.CANCELLED.value, "reason": ERASED}
    await conn.execute(update(MessageRow).where(*is_week, MessageRow.state.in_(open_states)).values(cancelled))
    await conn.execute(update(MessageRow).where(*is_week).values(body=NO_BODY, seq=0))


async def _keep_proof(
    conn: AsyncConnection, practice: str, subscriber_id: int, addresses: list[Address], years: int, now: datetime
) -> None:
    """By the address from which each consent came; the cause names its account."""
    names = Tombstones.beside(Path(), keys_of(conn))
    history = await conn.execute(
        select(ConsentRow).where(ConsentRow.subscriber_id == subscriber_id).order_by(ConsentRow.id)
    )
    rows: list[dict[str, Any]] = []
    for consent in history:
        givers = [one for one in addresses if consent.cause.startswith(f"in:{one.account}:")] or addresses
        rows += [
            {
                "practice": practice,
                "whom": names.whom(practice, giver.account, giver.external_id),
                "channel": giver.channel.value,
                "name": consent.name,
                "given": consent.given,
                "version": consent.version,
                "at": consent.at,
                "kept_until": now + years * _YEAR,
            }
            for giver in givers
        ]
    if rows:
        await conn.execute(insert(ConsentProofRow), rows)


async def _keep_numbers_of_updates(conn: AsyncConnection, subscriber_id: int, now: datetime) -> None:
    """A platform that has not heard yet that we have them sends the last updates again: they are known by the bot's
    own count, which names nobody. (A web chat's or WhatsApp's id would.)"""
    await conn.execute(
        update(InboundRow)
        .where(
            InboundRow.subscriber_id == subscriber_id,
            InboundRow.account.endswith(f":{Channel.TELEGRAM.value}"),
            InboundRow.received_at > now - _SENT_AGAIN_FOR,
        )
        .values(
            subscriber_id=None,
            address_id=None,
            text=None,
            payload="",
            message_id=None,
            button=None,
            seq=0,
            poisoned=False,
        )
    )
