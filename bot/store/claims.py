"""Taking messages for one attempt: what may start right now, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, literal, literal_column, not_, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.core.delivery import Message, MessageState
from bot.core.messages import Address, Channel, Kind, Lane
from bot.store.crypt import KeyMissing, Keys, keys_of
from bot.store.dialect import on_sqlite
from bot.store.rows import is_ready, read_body
from bot.store.tables import AccountRow, AddressRow, MessageRow, SubscriberRow

SILENCED: Final = "silenced"
"""The reason of an unasked message that was cancelled at its claim: STOP, alarm, takeover or an unreachable address."""
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
    """At most `limit` messages of the account and lane to be sent right away, in the order of (due, id), each marked
    as being sent with the next attempt number.

    One per address, none for the address ids in `busy`, none that has an earlier unfinished row of its Decision, none
    whose time is over, and none at all for an owner whose `epoch` is not the newest. Unasked ones to somebody who
    stopped, is in alarm, talks with a human or cannot be reached are cancelled instead (the crisis lane knows STOP
    and reach only). Web chat messages get their number within the chat.
    """
    claimed: list[Message] = []
    avoided = set(busy)
    while len(claimed) < limit:
        candidates = _candidates(account, lane, now, epoch, limit - len(claimed), avoided)
        rows = await _take(conn, candidates, epoch, now)
        readable, unreadable = _read(rows, keys_of(conn))
        claimed.extend(readable)
        if unreadable:
            await _give_up(conn, unreadable, now)
        if len(readable) == len(rows):
            break
        avoided.update(row.address_id for row in rows if not row.silenced)
    if account.endswith(f":{Channel.WEBCHAT.value}"):
        return await _number(conn, claimed)
    return claimed


def _candidates(
    account: str, lane: Lane, now: datetime, epoch: int, limit: int, avoided: Collection[int]
) -> Select[*tuple[Any, ...]]:
    webchat = account.endswith(f":{Channel.WEBCHAT.value}")
    newer_owner = select(AccountRow.account).where(AccountRow.account == account, AccountRow.epoch > epoch).exists()
    return (
        select(
            MessageRow.id,
            MessageRow.practice,
            MessageRow.subscriber_id,
            MessageRow.address_id,
            MessageRow.account,
            MessageRow.kind,
            MessageRow.lane,
            MessageRow.body,
            MessageRow.unasked,
            MessageRow.attempt,
            MessageRow.resends,
            MessageRow.retries,
            MessageRow.due_at,
            MessageRow.expires_at,
            MessageRow.created_at,
            MessageRow.seq,
            AddressRow.channel,
            AddressRow.external_id,
            _silenced(lane).label("silenced"),
        )
        .join(SubscriberRow, SubscriberRow.id == MessageRow.subscriber_id)
        .join(AddressRow, AddressRow.id == MessageRow.address_id)
        .where(
            MessageRow.account == account,
            MessageRow.lane == lane.value,
            is_ready(),
            MessageRow.due_at <= now,
            MessageRow.expires_at > now,
            MessageRow.address_id.not_in(avoided),
            not_(newer_owner),
            not_(_earlier_of_decision(now, webchat)),
            not_(_earlier_of_address(now)),
        )
        .order_by(MessageRow.due_at, MessageRow.id)
        .limit(limit)
        # Numbering a web chat writes the address too: both are locked here, where locking waits for nobody.
        .with_for_update(of=[MessageRow, AddressRow] if webchat else MessageRow, skip_locked=True)
    )


def _silenced(lane: Lane) -> ColumnElement[bool]:
    reasons: list[ColumnElement[bool]] = [
        SubscriberRow.stopped_at.is_not(None),
        SubscriberRow.reachable.is_(False),
        AddressRow.reachable.is_(False),
    ]
    if lane is not Lane.CRISIS:
        reasons += [SubscriberRow.alarm_tier != "", SubscriberRow.taken_over.is_(True)]
    return and_(MessageRow.unasked, or_(*reasons))


def _earlier_of_decision(now: datetime, webchat: bool) -> ColumnElement[bool]:  # noqa: FBT001 -- a fact, no switch
    """A web chat's row stays `sending` until the browser saw it, which the next one does not wait for."""
    earlier = aliased(MessageRow)
    ready = and_(earlier.state == literal_column("'ready'"), earlier.expires_at > now)
    unfinished = ready if webchat else or_(ready, earlier.state == literal_column("'sending'"))
    return (
        select(earlier.id)
        .where(
            earlier.practice == MessageRow.practice,
            earlier.cause == MessageRow.cause,
            earlier.n < MessageRow.n,
            unfinished,
        )
        .correlate(MessageRow)
        .exists()
    )


def _earlier_of_address(now: datetime) -> ColumnElement[bool]:
    """Within the lane only. Rows wait for rows with a lower (due, id) alone, so they never wait in a circle."""
    earlier = aliased(MessageRow)
    return (
        select(earlier.id)
        .where(
            earlier.address_id == MessageRow.address_id,
            earlier.lane == MessageRow.lane,
            earlier.state == literal_column("'ready'"),
            earlier.expires_at > now,
            or_(
                earlier.due_at < MessageRow.due_at,
                and_(earlier.due_at == MessageRow.due_at, earlier.id < MessageRow.id),
            ),
        )
        .correlate(MessageRow)
        .exists()
    )


async def _take(
    conn: AsyncConnection, candidates: Select[*tuple[Any, ...]], epoch: int, now: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The candidates as they were, after marking them: one statement on PostgreSQL; SQLite's RETURNING knows only the
    updated table, and its one writer needs no more than reading first."""
    if on_sqlite(conn):
        rows = (await conn.execute(candidates)).all()
        for silenced in (False, True):
            ids = [row.id for row in rows if bool(row.silenced) is silenced]
            if ids:
                await conn.execute(
                    update(MessageRow).where(MessageRow.id.in_(ids)).values(_marks(literal(silenced), epoch, now))
                )
        return rows
    chosen = candidates.cte("chosen").prefix_with("MATERIALIZED")
    taken = await conn.execute(
        update(MessageRow)
        .where(MessageRow.id == chosen.c.id)
        .values(_marks(chosen.c.silenced, epoch, now))
        .returning(*chosen.c)
    )
    return sorted(taken.all(), key=lambda row: (row.due_at, row.id))


def _marks(silenced: ColumnElement[bool], epoch: int, now: datetime) -> dict[str, Any]:
    def either(if_silenced: object, if_sent: object) -> ColumnElement[Any]:
        return case((silenced, if_silenced), else_=if_sent)

    return {
        "state": either(MessageState.CANCELLED.value, MessageState.SENDING.value),
        "attempt": either(MessageRow.attempt, MessageRow.attempt + 1),
        "epoch": epoch,
        "reason": either(SILENCED, ""),
        "started_at": either(null(), literal(now, MessageRow.started_at.type)),
        "ended_at": either(literal(now, MessageRow.ended_at.type), null()),
    }


def _read(rows: Sequence[Row[*tuple[Any, ...]]], keys: Keys) -> tuple[list[Message], list[int]]:
    readable: list[Message] = []
    unreadable: list[int] = []
    for row in rows:
        if row.silenced:
            continue
        try:
            text, buttons = read_body(keys.decrypt(row.body))
        except (KeyMissing, ValueError, KeyError, TypeError):
            unreadable.append(row.id)
            continue
        readable.append(
            Message(
                id=row.id,
                practice=row.practice,
                subscriber_id=row.subscriber_id,
                address_id=row.address_id,
                address=Address(Channel(row.channel), row.account, row.external_id),
                kind=Kind(row.kind),
                lane=Lane(row.lane),
                text=text,
                buttons=buttons,
                unasked=row.unasked,
                attempt=row.attempt + 1,
                resends=row.resends,
                retries=row.retries,
                due_at=row.due_at,
                expires_at=row.expires_at,
                created_at=row.created_at,
                seq=row.seq,
            )
        )
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
    numbers = await conn.execute(
        update(AddressRow)
        .where(AddressRow.id.in_([message.address_id for message in new]))
        .values(last_seq=AddressRow.last_seq + 1)
        .returning(AddressRow.id, AddressRow.last_seq)
    )
    of_address = {row.id: row.last_seq for row in numbers}
    newest = select(AddressRow.last_seq).where(AddressRow.id == MessageRow.address_id).scalar_subquery()
    await conn.execute(update(MessageRow).where(MessageRow.id.in_([message.id for message in new])).values(seq=newest))
    return [
        replace(message, seq=of_address[message.address_id]) if message.seq == 0 else message for message in messages
    ]
