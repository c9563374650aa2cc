"""How attempts ended, written in groups; and the ends that come without one: expiry, and an owner that is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Case,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    false,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.core.delivery import Ambiguous, Message, MessageState
from bot.core.messages import Channel, Lane
from bot.core.retry import Transition, after
from bot.store.claims import NOBODYS
from bot.store.inline import LONG
from bot.store.rows import TAKEN_BACK, Body, in_state, is_ready, message_of
from bot.store.tables import AddressRow, MessageRow
from bot.store.types import storable

LOST_OWNER: Final = "lost owner"
_AT_ONCE: Final = 500
_LONGEST_REASON: Final = 200
_UNDECIDED: Final = ("'sending'", "'unknown'", "'ready'")
_ENDS: Final = frozenset(MessageState) - {MessageState.READY, MessageState.SENDING}


async def record_outcomes(conn: AsyncConnection, outcomes: Sequence[tuple[Message, Transition]], now: datetime) -> int:
    """Writes what follows from attempts and returns how many counted.

    An outcome counts when its attempt is the row's newest, whoever owns the account by now; that the platform accepted
    a message counts even after it was cancelled or expired, since the person has it. A row that goes back to ready
    takes the later rows of its Decision along, so that they stay behind it and hold up nobody else. One that was taken
    back meanwhile goes nowhere: it is cancelled, or unknown when it may have arrived.
    """
    told = [(message, then) for message, then in outcomes if then.state is not MessageState.SENDING]
    if not told:
        return 0
    counted = await conn.execute(_TOLD, [_columns(message, then, now) for message, then in told])
    await _keep_behind(conn, [(message, then) for message, then in told if then.state is MessageState.READY])
    return counted.rowcount


def _unless_taken_back(then: Any, usual: Any) -> Case[Any]:
    """Only what would go out again is held back by it."""
    is_taken_back = and_(bindparam("is_again", type_=Boolean), MessageRow.reason == literal_column(f"'{TAKEN_BACK}'"))
    return case((is_taken_back, then), else_=usual)


_INSTANT: Final = MessageRow.due_at.type
_TOLD: Final = (
    update(MessageRow)
    .where(
        MessageRow.id == bindparam("its_id"),
        MessageRow.practice == bindparam("its_practice"),
        MessageRow.attempt == bindparam("its_attempt"),
        or_(
            MessageRow.state.in_([literal_column(state) for state in _UNDECIDED]),
            and_(bindparam("is_accepted"), MessageRow.state != MessageState.ACCEPTED.value),
        ),
    )
    .values(
        state=_unless_taken_back(
            case((bindparam("doubled", type_=Boolean), MessageState.UNKNOWN.value), else_=MessageState.CANCELLED.value),
            bindparam("its_state", type_=String),
        ),
        due_at=_unless_taken_back(MessageRow.due_at, bindparam("its_due", type_=_INSTANT)),
        resends=_unless_taken_back(MessageRow.resends, bindparam("its_resends", type_=Integer)),
        reason=_unless_taken_back(MessageRow.reason, bindparam("its_reason", type_=String)),
        ended_at=_unless_taken_back(bindparam("its_now", type_=_INSTANT), bindparam("its_end", type_=_INSTANT)),
        duplicate_possible=or_(
            MessageRow.duplicate_possible,
            _unless_taken_back(false(), bindparam("doubled", type_=Boolean)),
        ),
    )
)


async def expire(conn: AsyncConnection, now: datetime, limit: int) -> int:
    """`expire_by_lane`, for whoever only wants to know how many there were."""
    return (await expire_by_lane(conn, now, limit)).total()


async def expire_by_lane(conn: AsyncConnection, now: datetime, limit: int) -> Counter[tuple[str, Lane]]:
    """Ends at most `limit` messages whose time is over at `now`, and returns how many by account and lane. What is
    being sent is left to its outcome, but for the web chat, where nobody came to see it."""
    of_webchat = and_(
        in_state(MessageState.SENDING),
        select(AddressRow.id)
        .where(AddressRow.id == MessageRow.address_id, AddressRow.channel == Channel.WEBCHAT.value)
        .exists(),
    )
    open_states = MessageRow.state.in_([literal_column("'ready'"), literal_column("'sending'")])
    over = (
        select(MessageRow.id, MessageRow.account, MessageRow.lane)
        .where(open_states, MessageRow.expires_at <= now, or_(is_ready(), of_webchat))
        .order_by(MessageRow.expires_at)
        .limit(limit)
        .with_for_update(of=MessageRow, skip_locked=True)
    )
    rows = (await conn.execute(over, execution_options=LONG)).all()
    if rows:
        expired = {"state": MessageState.EXPIRED.value, "ended_at": now}
        ending = update(MessageRow).where(MessageRow.id.in_([row.id for row in rows])).values(**expired)
        await conn.execute(ending, execution_options=LONG)
    return Counter((row.account, Lane(row.lane)) for row in rows)


async def recover(conn: AsyncConnection, account: str, epoch: int, now: datetime) -> int:
    """Ends the attempts that an owner before `epoch` left behind as unknown, and returns how many: they may have
    arrived. What follows is `bot.core.retry`'s rule, as for any ambiguous outcome. In a web chat nothing is unknown:
    a browser that asks again gets the same numbers."""
    return await _lost(conn, account, MessageRow.epoch < epoch, now)


async def give_up(conn: AsyncConnection, account: str, lane: Lane, started_before: datetime, now: datetime) -> int:
    """`recover` for the attempts of a lane that began before `started_before` and of which nothing was heard since,
    whoever owns the account: for a lane in which a second copy is better than none."""
    too_long = and_(MessageRow.lane == lane.value, MessageRow.started_at <= started_before)
    return await _lost(conn, account, too_long, now)


async def left_by_nobody(conn: AsyncConnection, accounts: Collection[str], started_before: datetime) -> Sequence[str]:
    """Which of these accounts have an attempt of somebody who did not own them, begun before `started_before`."""
    left = select(MessageRow.account).distinct().where(MessageRow.account.in_(accounts), _of_nobody(started_before))
    return (await conn.scalars(left)).all()


async def recover_nobodys(conn: AsyncConnection, account: str, started_before: datetime, now: datetime) -> int:
    """`recover` for what somebody who did not own the account left behind: an owner that lives finds it too, and not
    only the next one."""
    return await _lost(conn, account, _of_nobody(started_before), now)


def _of_nobody(started_before: datetime) -> ColumnElement[bool]:
    return and_(in_state(MessageState.SENDING), MessageRow.epoch == NOBODYS, MessageRow.started_at <= started_before)


async def _lost(conn: AsyncConnection, account: str, which: ColumnElement[bool], now: datetime) -> int:
    if account.endswith(f":{Channel.WEBCHAT.value}"):
        return 0
    lost = 0
    while left_behind := await _being_sent(conn, account, which):
        # Nothing else is resent at that moment: no need to spread them, the account's rate does.
        transitions = [(message, after(message, Ambiguous(LOST_OWNER), now, 0.0)) for message in left_behind]
        lost += await record_outcomes(conn, transitions, now)
    return lost


def _columns(message: Message, then: Transition, now: datetime) -> dict[str, Any]:
    return {
        "its_id": message.id,
        "its_practice": message.practice,
        "its_attempt": message.attempt,
        "is_accepted": then.state is MessageState.ACCEPTED,
        "is_again": then.state is MessageState.READY,
        "doubled": then.duplicate_possible,
        "its_state": then.state.value,
        "its_due": then.due_at,
        "its_resends": then.resends,
        "its_now": now,
        "retries": then.retries,
        "its_reason": storable(then.reason, _LONGEST_REASON),
        "provider_id": then.provider_id,
        "its_end": now if then.state in _ENDS else None,
    }


async def _keep_behind(conn: AsyncConnection, again: list[tuple[Message, Transition]]) -> None:
    if not again:
        return
    first = aliased(MessageRow)
    await conn.execute(
        update(MessageRow)
        .where(
            first.id == bindparam("its_id"),
            MessageRow.practice == first.practice,
            MessageRow.cause == first.cause,
            MessageRow.n > first.n,
            is_ready(),
            MessageRow.due_at < first.due_at,
        )
        .values(due_at=first.due_at),
        [{"its_id": message.id} for message, _ in again],
    )


async def _being_sent(conn: AsyncConnection, account: str, which: ColumnElement[bool]) -> list[Message]:
    rows = await conn.execute(
        select(
            MessageRow.id,
            MessageRow.practice,
            MessageRow.subscriber_id,
            MessageRow.address_id,
            MessageRow.account,
            MessageRow.kind,
            MessageRow.lane,
            MessageRow.unasked,
            MessageRow.attempt,
            MessageRow.resends,
            MessageRow.retries,
            MessageRow.due_at,
            MessageRow.expires_at,
            MessageRow.created_at,
            MessageRow.seq,
            AddressRow.external_id,
        )
        .join(AddressRow, AddressRow.id == MessageRow.address_id)
        .where(MessageRow.account == account, which, in_state(MessageState.SENDING))
        .order_by(MessageRow.id)
        .limit(_AT_ONCE)
    )
    # The rule needs no text, and a row that cannot be read must not keep its neighbours from being recovered.
    return [message_of(row, Body("", (), None)) for row in rows]
