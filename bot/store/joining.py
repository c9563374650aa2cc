"""One-time codes that join the addresses of one person, so that a step can go to another channel."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Join
from bot.core.messages import Address, Channel
from bot.core.subscriber import Subscriber
from bot.store.memory import read_rows, select_subscribers, write_subscribers
from bot.store.tables import (
    AddressRow,
    AlertRow,
    AnswerRow,
    ConsentRow,
    EventRow,
    InboundRow,
    JoinCodeRow,
    MessageRow,
    SubscriberRow,
)
from bot.store.tombstones import Happened, tombstones_of

LIFETIME: Final = timedelta(minutes=15)
"""Of a code, on real time: a demo whose days take seconds must not outrun the person who copies it."""

_WHAT_A_PERSON_HAS: Final = (AddressRow, MessageRow, InboundRow, AnswerRow, ConsentRow, EventRow, AlertRow)


def digest_of(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


async def make_join_codes(conn: AsyncConnection, codes: Iterable[tuple[str, int, Join | None]]) -> None:
    """Practice and subscriber of each, and the code, if there is one to make."""
    made_at = datetime.now(UTC)
    rows = [
        {
            "digest": digest_of(join.code),
            "practice": practice,
            "subscriber_id": subscriber_id,
            "channel": join.channel.value,
            "made_at": made_at,
        }
        for practice, subscriber_id, join in codes
        if join is not None
    ]
    if rows:
        await conn.execute(delete(JoinCodeRow).where(JoinCodeRow.made_at <= made_at - LIFETIME))
        await conn.execute(insert(JoinCodeRow), rows)


async def join(conn: AsyncConnection, practice: str, code: str, address: Address, now: datetime) -> Subscriber | None:
    """Uses up `code` and attaches `address`, as the preferred one, to the subscriber for whom it was made.

    Whoever already wrote from `address` and has no enrollment is folded into that subscriber, with STOP, alarm and
    consents. None, and nothing joined, for a code that is unknown, older than 15 minutes, of another practice or
    channel, or where two people with programs would become one.
    """
    subscriber_id = await conn.scalar(
        delete(JoinCodeRow)
        .where(
            JoinCodeRow.digest == digest_of(code),
            JoinCodeRow.practice == practice,
            JoinCodeRow.channel == address.channel.value,
            JoinCodeRow.made_at > datetime.now(UTC) - LIFETIME,
        )
        .returning(JoinCodeRow.subscriber_id)
    )
    if subscriber_id is None:
        return None
    at_address = (
        AddressRow.practice == practice,
        AddressRow.account == address.account,
        AddressRow.external_id == address.external_id,
    )
    known = (await conn.execute(select(AddressRow.id, AddressRow.subscriber_id).where(*at_address))).one_or_none()
    # Both rows in the order of their ids: two people who join each other at once must not wait for each other.
    people = await _locked(conn, SubscriberRow.id.in_({subscriber_id, known.subscriber_id if known else subscriber_id}))
    joined = people[subscriber_id]
    if known is None:
        address_id = await _attach_new(conn, joined, address, now)
    else:
        address_id = known.id
        if known.subscriber_id != joined.id:
            other = people[known.subscriber_id]
            if other.enrollments:
                return None
            joined = await _fold(conn, other, joined)
    joined = replace(joined, address=address, reachable=True)
    await conn.execute(update(AddressRow).where(AddressRow.id == address_id).values(reachable=True))
    await write_subscribers(conn, [(joined, {"preferred_address_id": address_id})])
    await _remember_beside(conn, joined, now)
    return joined


async def _remember_beside(conn: AsyncConnection, joined: Subscriber, now: datetime) -> None:
    """STOP and alarm of one address hold for the others from now on, in an older backup too."""
    tombstones = tombstones_of(conn)
    silences = {Happened.STOP: joined.stopped_at, Happened.ALARM: joined.alarm}
    if tombstones is None or not any(silences.values()):
        return
    rows = await conn.execute(
        select(AddressRow.channel, AddressRow.account, AddressRow.external_id).where(
            AddressRow.subscriber_id == joined.id
        )
    )
    addresses = [Address(Channel(channel), account, external_id) for channel, account, external_id in rows]
    for happened, since in silences.items():
        if since is not None:
            await tombstones.append(joined.practice, addresses, happened, now)


async def _locked(conn: AsyncConnection, which: ColumnElement[bool]) -> dict[int, Subscriber]:
    rows = await conn.execute(
        select_subscribers()
        .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
        .where(which)
        .order_by(SubscriberRow.id)
        .with_for_update(of=SubscriberRow)
    )
    return {subscriber.id: subscriber for subscriber in await read_rows(conn, rows.all())}


async def _attach_new(conn: AsyncConnection, subscriber: Subscriber, address: Address, now: datetime) -> int:
    address_id: int | None = await conn.scalar(
        insert(AddressRow)
        .values(
            practice=subscriber.practice,
            subscriber_id=subscriber.id,
            channel=address.channel.value,
            account=address.account,
            external_id=address.external_id,
            name="",
            reachable=True,
            created_at=now,
            last_seq=0,
        )
        .returning(AddressRow.id)
    )
    return int(address_id or 0)


async def _fold(conn: AsyncConnection, other: Subscriber, into: Subscriber) -> Subscriber:
    """Everything of `other` becomes `into`'s, and `other` is gone. What protects a person is kept from both."""
    for table in _WHAT_A_PERSON_HAS:
        of_other: Any = table.subscriber_id == other.id
        await conn.execute(update(table).where(of_other).values(subscriber_id=into.id))
    await conn.execute(delete(SubscriberRow).where(SubscriberRow.id == other.id))
    same_day = into.unasked_on == other.unasked_on
    return replace(
        into,
        stopped_at=into.stopped_at or other.stopped_at,
        minor=into.minor or other.minor,
        alarm=into.alarm or other.alarm,
        takeover=into.takeover or other.takeover,
        safety_plan=into.safety_plan or other.safety_plan,
        discreet=into.discreet or other.discreet,
        greeted=into.greeted or other.greeted,
        consents={**other.consents, **into.consents},
        keywords={**other.keywords, **into.keywords},
        followups=(*other.followups, *into.followups),
        tags=into.tags | other.tags,
        recent=tuple(sorted((*into.recent, *other.recent))),
        unasked_on=into.unasked_on or other.unasked_on,
        unasked_count=into.unasked_count + other.unasked_count if same_day else into.unasked_count,
        last_inbound_at=max(filter(None, (into.last_inbound_at, other.last_inbound_at)), default=None),
    )
