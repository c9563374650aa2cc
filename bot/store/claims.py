"""Taking messages for one attempt: what may start right now, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.delivery import Message, MessageState
from bot.core.messages import Address, Channel, Kind, Lane
from bot.store.crypt import KeyMissing, Keys, keys_of
from bot.store.dialect import is_among, on_sqlite
from bot.store.rows import is_ready, read_body
from bot.store.tables import AccountRow, AddressRow, MessageRow, SubscriberRow

SILENCED: Final = "silenced"
"""The reason of an unasked message that was cancelled at its claim: STOP, alarm, takeover or an unreachable address."""
UNASKED_LANES: Final = frozenset({Lane.LESSON, Lane.BROADCAST})
"""Where nobody waits for an answer."""
_UNREADABLE: Final = "unreadable"
_NOW: Final = bindparam("its_now", type_=MessageRow.due_at.type)


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
) -> list[Message]:
    """At most `limit` messages of the account and lanes to be sent right away, in the order of (lane, due, id), each
    marked as being sent with the next attempt number; at most `unasked` of them from `UNASKED_LANES`.

    One per address, none for the address ids in `busy`, none that has an earlier unfinished row of its Decision, none
    whose time is over, and none at all for an owner whose `epoch` is not the newest. Unasked ones to somebody who
    stopped, is in alarm, talks with a human or cannot be reached are cancelled instead (the crisis lane knows STOP
    and reach only). Web chat messages get their number within the chat.
    """
    webchat = account.endswith(f":{Channel.WEBCHAT.value}")
    taking = _taking(lanes, on_sqlite(conn), webchat)
    room = limit if unasked is None else unasked
    claimed: list[Message] = []
    avoided = set(busy)
    while len(claimed) < limit:
        found = await conn.execute(
            taking,
            {
                "its_account": account,
                "its_now": now,
                "its_epoch": epoch,
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


@cache
def _taking(lanes: tuple[Lane, ...], sqlite: bool, webchat: bool) -> ReturningUpdate[*tuple[Any, ...]]:  # noqa: FBT001 -- facts
    """One statement, built once: it marks the chosen rows and returns them as they are then. What RETURNING knows of
    other tables it has from a subquery: SQLite's knows only the updated table."""
    # Both databases walk an index to its first rows for one lane; for several lanes at once they would sort them all.
    first = union_all(*(select(_first_of(lane, sqlite, webchat).subquery()) for lane in lanes))
    candidates = first.cte("candidates").prefix_with("MATERIALIZED", dialect="postgresql")
    order = (candidates.c.lane, candidates.c.due_at, candidates.c.id)
    one_each = select(
        candidates,
        func.row_number().over(partition_by=candidates.c.address_id, order_by=order).label("of_address"),
    ).subquery()
    is_bulk = one_each.c.lane.in_([literal_column(str(lane.value)) for lane in sorted(UNASKED_LANES)])
    order = (one_each.c.lane, one_each.c.due_at, one_each.c.id)
    counted = (
        select(
            one_each.c.id,
            one_each.c.silenced,
            is_bulk.label("is_bulk"),
            func.row_number().over(order_by=order).label("place"),
            func.sum(case((is_bulk, 1), else_=0)).over(order_by=order).label("nth_unasked"),
        )
        .where(one_each.c.of_address == 1)
        .subquery()
    )
    chosen = (
        select(counted.c.id, counted.c.silenced)
        .where(
            counted.c.place <= bindparam("its_limit", type_=Integer),
            or_(not_(counted.c.is_bulk), counted.c.nth_unasked <= bindparam("its_room", type_=Integer)),
        )
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    external_id = select(AddressRow.external_id).where(AddressRow.id == MessageRow.address_id).correlate(MessageRow)
    return (
        update(MessageRow)
        .where(MessageRow.id == chosen.c.id)
        .values(_marks(chosen.c.silenced))
        .returning(
            MessageRow.id,
            MessageRow.practice,
            MessageRow.subscriber_id,
            MessageRow.address_id,
            MessageRow.account,
            MessageRow.kind,
            MessageRow.lane,
            MessageRow.body,
            MessageRow.unasked,
            MessageRow.state,
            MessageRow.attempt,
            MessageRow.resends,
            MessageRow.retries,
            MessageRow.due_at,
            MessageRow.expires_at,
            MessageRow.created_at,
            MessageRow.seq,
            external_id.scalar_subquery().label("external_id"),
        )
    )


def _first_of(lane: Lane, sqlite: bool, webchat: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- facts
    newer_owner = exists().where(
        AccountRow.account == bindparam("its_account"),
        AccountRow.epoch > bindparam("its_epoch", type_=BigInteger),
    )
    return (
        select(
            MessageRow.id,
            MessageRow.address_id,
            MessageRow.lane,
            MessageRow.due_at,
            _silenced(lane).label("silenced"),
        )
        .join(SubscriberRow, SubscriberRow.id == MessageRow.subscriber_id)
        .join(AddressRow, AddressRow.id == MessageRow.address_id)
        .where(
            MessageRow.account == bindparam("its_account"),
            MessageRow.lane == literal_column(str(lane.value)),
            is_ready(),
            MessageRow.due_at <= _NOW,
            MessageRow.expires_at > _NOW,
            not_(is_among(MessageRow.address_id, "avoided", sqlite=sqlite)),
            not_(newer_owner),
            not_(_earlier_of_decision(webchat)),
            not_(_earlier_of_address()),
        )
        .order_by(MessageRow.due_at, MessageRow.id)
        .limit(bindparam("its_limit", type_=Integer))
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
        reasons += [SubscriberRow.alarm_tier != literal_column("''"), SubscriberRow.taken_over.is_(True)]
    return and_(MessageRow.unasked, or_(*reasons))


def _earlier_of_decision(webchat: bool) -> ColumnElement[bool]:  # noqa: FBT001 -- a fact, no switch
    """A web chat's row stays `sending` until the browser saw it, which the next one does not wait for."""
    earlier = aliased(MessageRow)
    ready = and_(earlier.state == literal_column("'ready'"), earlier.expires_at > _NOW)
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


def _earlier_of_address() -> ColumnElement[bool]:
    """Within the lane only. Rows wait for rows with a lower (due, id) alone, so they never wait in a circle."""
    earlier = aliased(MessageRow)
    return (
        select(earlier.id)
        .where(
            earlier.address_id == MessageRow.address_id,
            earlier.lane == MessageRow.lane,
            earlier.state == literal_column("'ready'"),
            earlier.expires_at > _NOW,
            or_(
                earlier.due_at < MessageRow.due_at,
                and_(earlier.due_at == MessageRow.due_at, earlier.id < MessageRow.id),
            ),
        )
        .correlate(MessageRow)
        .exists()
    )


def _marks(silenced: ColumnElement[bool]) -> dict[str, Any]:
    def either(if_silenced: object, if_sent: object) -> ColumnElement[Any]:
        return case((silenced, if_silenced), else_=if_sent)

    return {
        "state": either(MessageState.CANCELLED.value, MessageState.SENDING.value),
        "attempt": either(MessageRow.attempt, MessageRow.attempt + 1),
        "epoch": bindparam("its_epoch", type_=BigInteger),
        "reason": either(SILENCED, ""),
        "started_at": either(null(), _NOW),
        "ended_at": either(_NOW, null()),
    }


def _is_silenced(row: Row[*tuple[Any, ...]]) -> bool:
    return bool(row.state == MessageState.CANCELLED.value)


def _read(rows: Sequence[Row[*tuple[Any, ...]]], keys: Keys) -> tuple[list[Message], list[int]]:
    readable: list[Message] = []
    unreadable: list[int] = []
    for row in rows:
        if _is_silenced(row):
            continue
        try:
            text, buttons, picture = read_body(keys.decrypt(row.body))
        except (KeyMissing, ValueError, KeyError, TypeError):
            unreadable.append(row.id)
            continue
        readable.append(
            Message(
                id=row.id,
                practice=row.practice,
                subscriber_id=row.subscriber_id,
                address_id=row.address_id,
                address=Address(Channel(row.account.partition(":")[2]), row.account, row.external_id),
                kind=Kind(row.kind),
                lane=Lane(row.lane),
                text=text,
                buttons=buttons,
                picture=picture,
                unasked=row.unasked,
                attempt=row.attempt,
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
