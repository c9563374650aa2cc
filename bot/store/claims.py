"""Taking messages for one attempt: what may start right now, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Update, exists, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.delivery import Message, MessageState
from bot.core.messages import Channel, Lane
from bot.store import accounts
from bot.store.candidates import UNASKED_LANES, silenced, taking
from bot.store.crypt import KeyMissing, Keys, keys_of
from bot.store.dialect import is_among, on_sqlite
from bot.store.rows import TAKEN_BACK, Body, in_state, message_of, read_body
from bot.store.tables import AccountRow, AddressRow, MessageRow, SubscriberRow

NOBODYS: Final = 0
"""An epoch before that of any owner."""
_UNREADABLE: Final = "unreadable"


async def claim(
    conn: AsyncConnection,
    account: str,
    lane: Lane,
    now: datetime,
    epoch: int,
    limit: int,
    busy: Collection[int] = (),
) -> list[Message]:
    """`claim_from` one lane."""
    return await claim_from(conn, account, (lane,), now, epoch, limit, busy)


async def claim_from(
    conn: AsyncConnection,
    account: str,
    lanes: tuple[Lane, ...],
    now: datetime,
    epoch: int,
    limit: int,
    busy: Collection[int] = (),
    unasked: int | None = None,
    marked: int | None = None,
) -> list[Message]:
    """At most `limit` messages of the account and lanes to be sent right away, in the order of (lane, due, id), each
    marked as being sent with the next attempt number; at most `unasked` of them from `UNASKED_LANES`.

    One per address, none for the address ids in `busy`, none that has an earlier unfinished row of its Decision, none
    whose time is over, and none at all for an owner whose `epoch` is not the newest. Unasked ones to somebody who
    stopped, is in alarm, talks with a human or cannot be reached are cancelled instead (the crisis lane knows STOP
    and reach only). Web chat messages get their number within the chat. The attempts carry the epoch `marked`, when
    it is given, instead of the owner's.
    """
    webchat = account.endswith(f":{Channel.WEBCHAT.value}")
    statement = taking(lanes, on_sqlite(conn), webchat)
    room = limit if unasked is None else unasked
    claimed: list[Message] = []
    avoided = set(busy)
    while len(claimed) < limit:
        found = await conn.execute(
            statement,
            {
                "its_account": account,
                "its_now": now,
                "its_fence": epoch,
                "its_epoch": epoch if marked is None else marked,
                "its_limit": limit - len(claimed),
                "its_room": room - sum(message.lane in UNASKED_LANES for message in claimed),
                "avoided": list(avoided),
            },
        )
        rows = sorted(found.all(), key=lambda row: (row.lane, row.due_at, row.id))
        readable, unreadable = _read(rows, keys_of(conn))
        claimed.extend(readable)
        if unreadable:
            await _give_up(conn, unreadable, now)
        if len(readable) == len(rows):
            break
        avoided.update(row.address_id for row in rows if not _is_silenced(row))
    return await _number(conn, claimed) if webchat else claimed


async def claim_beside_owner(
    conn: AsyncConnection, account: str, lane: Lane, now: datetime, limit: int
) -> list[Message]:
    """`claim` by somebody who does not own the account, whose owner does not come: a row is taken by one of both, never
    by two. The attempts carry the epoch of nobody, so that an owner finds those that are left behind as unknown.
    Nothing while the platform wants to be asked nothing."""
    if await accounts.paused_until(conn, account.partition(":")[0], account, now) is not None:
        return []
    epoch = await conn.scalar(select(AccountRow.epoch).where(AccountRow.account == account))
    # Without a row nobody has ever owned it.
    return await claim_from(conn, account, (lane,), now, epoch or NOBODYS, limit, marked=NOBODYS)


async def is_wanted(conn: AsyncConnection, message: Message, epoch: int, now: datetime) -> bool:
    """Whether a claim would let this message, which was claimed a while ago under `epoch`, start now as well: it was
    not taken back, its person is not silent, its time is not over, and nobody else has the account."""
    newer_owner = exists().where(AccountRow.account == message.address.account, AccountRow.epoch > epoch)
    wanted = (
        select(MessageRow.id)
        .join(SubscriberRow, SubscriberRow.id == MessageRow.subscriber_id)
        .join(AddressRow, AddressRow.id == MessageRow.address_id)
        .where(
            MessageRow.id == message.id,
            MessageRow.practice == message.practice,
            MessageRow.attempt == message.attempt,
            in_state(MessageState.SENDING),
            MessageRow.reason != TAKEN_BACK,
            MessageRow.expires_at > now,
            not_(silenced(message.lane)),
            not_(newer_owner),
        )
    )
    return await conn.scalar(wanted) is not None


def _is_silenced(row: Row[*tuple[Any, ...]]) -> bool:
    return bool(row.state == MessageState.CANCELLED.value)


def _read(rows: Sequence[Row[*tuple[Any, ...]]], keys: Keys) -> tuple[list[Message], list[int]]:
    readable: list[Message] = []
    unreadable: list[int] = []
    # Those who are at one step have the very same token (`bot.store.visits`): it is opened once for all of them.
    bodies: dict[bytes, Body] = {}
    for row in rows:
        if _is_silenced(row):
            continue
        try:
            body = bodies.get(row.body)
            if body is None:
                body = bodies[row.body] = read_body(keys.decrypt(row.body))
        except (KeyMissing, ValueError, KeyError, TypeError):
            unreadable.append(row.id)
        else:
            readable.append(message_of(row, body))
    return readable, unreadable


async def _give_up(conn: AsyncConnection, ids: list[int], now: datetime) -> None:
    """A row that nobody can read ends visibly, and its neighbours go out."""
    dead = {"state": MessageState.DEAD.value, "reason": _UNREADABLE, "ended_at": now}
    await conn.execute(update(MessageRow).where(MessageRow.id.in_(ids)).values(**dead))


async def _number(conn: AsyncConnection, messages: list[Message]) -> list[Message]:
    """With their numbers in the chat; what was offered before keeps the number under which the browser may know it."""
    new = [message for message in messages if message.seq == 0]
    if not new:
        return messages
    give, keep = _numbering(on_sqlite(conn))
    numbers = await conn.execute(give, {"addresses": [message.address_id for message in new]})
    of_address = {row.id: row.last_seq for row in numbers}
    await conn.execute(keep, {"ids": [message.id for message in new]})
    return [
        replace(message, seq=of_address[message.address_id]) if message.seq == 0 else message for message in messages
    ]


@cache
def _numbering(sqlite: bool) -> tuple[ReturningUpdate[*tuple[Any, ...]], Update]:  # noqa: FBT001 -- a fact, no switch
    newest = select(AddressRow.last_seq).where(AddressRow.id == MessageRow.address_id).scalar_subquery()
    return (
        update(AddressRow)
        .where(is_among(AddressRow.id, "addresses", sqlite=sqlite))
        .values(last_seq=AddressRow.last_seq + 1)
        .returning(AddressRow.id, AddressRow.last_seq),
        update(MessageRow).where(is_among(MessageRow.id, "ids", sqlite=sqlite)).values(seq=newest),
    )
