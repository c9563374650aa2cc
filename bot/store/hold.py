"""What a restored backup holds back until a person decides: open messages, and the plan of each practice.

A backup does not know what was sent after it was made. So nothing of it goes out by itself: open messages are `held`,
and a practice that is held is not planned. Whoever writes is answered all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, literal_column, not_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Channel, Lane
from bot.store.dialect import on_sqlite
from bot.store.rows import alert_is_open, in_state
from bot.store.tables import AddressRow, AlertRow, JoinCodeRow, MessageRow, MetaRow, PlanLinkRow, SubscriberRow

DROPPED: Final = "dropped after restore"
STOPPED: Final = "stopped"
RESTORED: Final = "restored"
"""Why an alert of before a restore is cancelled: whether it went out is not known, and it is old news."""
AT_ONCE: Final = 2_000
"""Messages in one transaction of a release: a bot that runs beside it waits for no more than that."""

_HELD: Final = "held:"
_AHEAD: Final = 1_000_000
_NUMBERED: Final = (AddressRow, MessageRow, SubscriberRow)

HOLD: Final = (
    "UPDATE messages SET state = 'held', ended_at = NULL WHERE state IN ('ready', 'sending')",
    (
        "INSERT INTO meta (key, value) SELECT DISTINCT 'held:' || practice, '' FROM subscribers WHERE true"
        " ON CONFLICT DO NOTHING"
    ),
)
"""Statements that both databases know: holds everything, and may be repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    ready: int = 0
    """Go out now, or expire if their time is over."""
    cancelled: int = 0
    """Dropped, or of somebody who is on STOP."""


async def hold_everything(conn: AsyncConnection, now: datetime) -> None:
    """For a database that was just restored and that nobody else uses; `now` is when. What people have seen after the
    backup was made must not be taken for something else, so numbers that were given out since are passed over."""
    for statement in HOLD:
        await conn.execute(text(statement))
    await conn.execute(
        update(MetaRow).where(MetaRow.key.startswith(_HELD), MetaRow.value == "").values(value=_written(now))
    )
    await _jump_ahead(conn)
    await conn.execute(delete(JoinCodeRow))
    await conn.execute(delete(PlanLinkRow))
    await conn.execute(
        update(AlertRow)
        .where(alert_is_open())
        .values(state=MessageState.CANCELLED.value, reason=RESTORED, ended_at=now)
    )


async def held(conn: AsyncConnection) -> Mapping[str, int]:
    """The practices whose plan is held, with how many messages of each are `held`."""
    held_practices = await practices_held(conn)
    rows = await conn.execute(select(MessageRow.practice, func.count()).where(is_held()).group_by(MessageRow.practice))
    counts = {practice: int(number) for practice, number in rows}
    return {practice: counts.get(practice, 0) for practice in sorted(held_practices | counts.keys())}


async def practices_held(conn: AsyncConnection) -> frozenset[str]:
    """The practices for which nothing is planned until somebody releases them."""
    keys = await conn.scalars(_KEYS_HELD)
    return frozenset(key.removeprefix(_HELD) for key in keys)


# Built once: a plan asks with every batch, and building it takes longer than the answer.
_KEYS_HELD: Final = select(MetaRow.key).where(MetaRow.key.startswith(_HELD))


async def planned(conn: AsyncConnection, practices: Sequence[str]) -> list[str]:
    """Those of `practices` that are not held."""
    held_practices = await practices_held(conn)
    return [practice for practice in practices if practice not in held_practices]


async def send_held(conn: AsyncConnection, practice: str, limit: int = AT_ONCE) -> Released:
    """Makes at most `limit` held messages of the practice ready, the oldest first. Outside the web chat, whose numbers
    tell, each of them may have arrived after the backup was made, and is counted as a possible duplicate. To whoever
    is on STOP only help goes."""
    ids = await _oldest(conn, practice, limit)
    of_stopped = select(SubscriberRow.id).where(
        SubscriberRow.id == MessageRow.subscriber_id, SubscriberRow.stopped_at.is_not(None)
    )
    help_now = and_(MessageRow.lane == Lane.CRISIS.value, not_(MessageRow.unasked))
    cancelled = await conn.execute(
        update(MessageRow)
        .where(MessageRow.id.in_(ids), of_stopped.exists(), not_(help_now))
        .values(_cancelled(STOPPED))
    )
    ready = await conn.execute(
        update(MessageRow)
        .where(MessageRow.id.in_(ids), is_held())
        .values(
            state=MessageState.READY.value,
            duplicate_possible=or_(
                MessageRow.duplicate_possible, not_(MessageRow.account.endswith(f":{Channel.WEBCHAT.value}"))
            ),
        )
    )
    return Released(ready=ready.rowcount, cancelled=cancelled.rowcount)


async def drop_held(conn: AsyncConnection, practice: str, limit: int = AT_ONCE) -> Released:
    """Cancels at most `limit` held messages of the practice, the oldest first."""
    ids = await _oldest(conn, practice, limit)
    dropped = await conn.execute(update(MessageRow).where(MessageRow.id.in_(ids)).values(_cancelled(DROPPED)))
    return Released(cancelled=dropped.rowcount)


async def go_on(conn: AsyncConnection, practice: str) -> None:
    """The practice is planned again. Nobody gets a backlog: the plan passes over what was missed long ago."""
    await conn.execute(delete(MetaRow).where(MetaRow.key == _HELD + practice))


def is_held() -> ColumnElement[bool]:
    """With the index's own condition: SQLite does not see that one state is among the three."""
    indexed = MessageRow.state.in_([literal_column(f"'{state}'") for state in ("unknown", "dead", "held")])
    return and_(indexed, in_state(MessageState.HELD))


async def _oldest(conn: AsyncConnection, practice: str, limit: int) -> list[int]:
    ids = await conn.scalars(
        select(MessageRow.id)
        .where(is_held(), MessageRow.practice == practice)
        .order_by(MessageRow.id)
        .limit(limit)
        .with_for_update()
    )
    return list(ids)


def _cancelled(reason: str) -> dict[str, Any]:
    return {"state": MessageState.CANCELLED.value, "reason": reason}


async def _jump_ahead(conn: AsyncConnection) -> None:
    """A tap on a button names a message by its id, and a browser asks for what came after a number."""
    of_webchat = AddressRow.channel == Channel.WEBCHAT.value
    await conn.execute(update(AddressRow).where(of_webchat).values(last_seq=AddressRow.last_seq + _AHEAD))
    for table in _NUMBERED:
        if on_sqlite(conn):
            given_out = text("UPDATE sqlite_sequence SET seq = seq + :ahead WHERE name = :name")
            await conn.execute(given_out, {"ahead": _AHEAD, "name": table.__tablename__})
        else:
            highest = select(func.coalesce(func.max(table.id), 0) + _AHEAD).scalar_subquery()
            await conn.execute(select(func.setval(func.pg_get_serial_sequence(table.__tablename__, "id"), highest)))


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat()
