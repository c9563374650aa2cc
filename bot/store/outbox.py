"""The outbox: messages on their way out, from the claim to the end of each. The parts are in modules of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, func, literal, literal_column, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Channel, Lane
from bot.store.candidates import UNASKED_LANES
from bot.store.claims import claim, claim_beside_owner, claim_from, is_wanted
from bot.store.outcomes import (
    expire,
    expire_by_lane,
    give_up,
    left_by_nobody,
    record_outcomes,
    recover,
    recover_nobodys,
)
from bot.store.rows import in_state, is_ready
from bot.store.tables import MessageRow
from bot.store.transcript import Line, acknowledge, history, since

__all__ = [
    "UNASKED_LANES",
    "Line",
    "accounts_waiting",
    "acknowledge",
    "claim",
    "claim_beside_owner",
    "claim_from",
    "counts",
    "expire",
    "expire_by_lane",
    "give_up",
    "history",
    "is_wanted",
    "left_by_nobody",
    "next_due",
    "record_outcomes",
    "recover",
    "recover_nobodys",
    "since",
    "unfinished",
]

_ACCOUNTS_AT_ONCE: Final = 100
_UNFINISHED: Final = (MessageState.READY, MessageState.SENDING)


async def next_due(conn: AsyncConnection, accounts: Collection[str], now: datetime) -> datetime | None:
    """When the earliest ready message of these accounts that is not over at `now` is due; perhaps in the past, when
    its address is busy. None when there is none."""
    earliest: list[datetime] = []
    names = sorted(accounts)
    for start in range(0, len(names), _ACCOUNTS_AT_ONCE):
        some = names[start : start + _ACCOUNTS_AT_ONCE]
        known = {f"account_{number}": account for number, account in enumerate(some)}
        row = (await conn.execute(_earliest_of(len(some)), {"now": now, **known})).one()
        earliest.extend(moment for moment in row if moment is not None)
    return min(earliest, default=None)


@cache
def _earliest_of(accounts: int) -> Select[*tuple[Any, ...]]:
    return select(
        *(
            select(MessageRow.due_at)
            .where(
                MessageRow.account == bindparam(f"account_{number}"),
                MessageRow.lane == literal_column(str(lane.value)),
                is_ready(),
                MessageRow.expires_at > bindparam("now"),
            )
            .order_by(MessageRow.due_at)
            .limit(literal_column("1"))
            .scalar_subquery()
            .label(f"due_{number}_{lane.value}")
            for number in range(accounts)
            for lane in Lane
        )
    )


async def unfinished(conn: AsyncConnection, account: str, lane: Lane, now: datetime, until: datetime) -> bool:
    """Whether something of the account and lane that is due by `until` and not over at `now` is ready or on its way.
    What a web chat offered is on its way no more: the browser comes for it by itself."""
    states = [MessageState.READY] if account.endswith(f":{Channel.WEBCHAT.value}") else _UNFINISHED
    of_lane = (MessageRow.account == account, MessageRow.lane == lane.value)
    in_time = (MessageRow.due_at <= until, MessageRow.expires_at > now)
    open_ones = [exists(select(MessageRow.id).where(*of_lane, *in_time, in_state(state))) for state in states]
    return bool(await conn.scalar(select(or_(*open_ones))))


async def accounts_waiting(conn: AsyncConnection) -> list[str]:
    """The accounts that have a ready message, due or not. Steps over the index from one account to the next, so it
    costs as much as there are such accounts, however many messages and accounts there are."""
    return list(await conn.scalars(_waiting()))


@cache
def _waiting() -> Select[str]:
    first = select(func.min(MessageRow.account).label("account")).where(is_ready()).cte("waiting", recursive=True)
    following = select(func.min(MessageRow.account)).where(is_ready(), MessageRow.account > first.c.account)
    steps = first.union_all(select(following.scalar_subquery()).where(first.c.account.is_not(None)))
    return select(steps.c.account).where(steps.c.account.is_not(None))


async def counts(conn: AsyncConnection) -> Mapping[tuple[str, str], int]:
    """How many messages are `ready`, `sending`, `unknown`, `dead` or `held`, by (account, state), and how many were
    sent once more after an unclear attempt, as the state `duplicate_possible`. States without messages are absent."""
    a_state = (MessageRow.account, MessageRow.state)
    unclear = MessageRow.state.in_([literal_column(f"'{state}'") for state in ("unknown", "dead", "held")])
    doubled = literal("duplicate_possible")
    rows = await conn.execute(
        union_all(
            select(*a_state, func.count()).where(is_ready()).group_by(*a_state),
            select(*a_state, func.count()).where(in_state(MessageState.SENDING)).group_by(*a_state),
            select(*a_state, func.count()).where(unclear).group_by(*a_state),
            select(MessageRow.account, doubled, func.count())
            .where(MessageRow.duplicate_possible)
            .group_by(MessageRow.account),
        )
    )
    return {(account, state): number for account, state, number in rows}
