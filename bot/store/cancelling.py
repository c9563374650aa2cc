"""Taking back what a person no longer wants to hear: at STOP, at an alarm or a takeover, and of what was answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import EVERYTHING
from bot.core.delivery import MessageState
from bot.core.messages import Address, Channel, Lane
from bot.store.rows import TAKEN_BACK, in_state, is_ready
from bot.store.tables import MessageRow


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What is not to reach a person any more: `topics`, or EVERYTHING among them."""

    subscriber_id: int
    topics: frozenset[str]
    addresses: Collection[Address]


async def cancel(conn: AsyncConnection, cancelled: Sequence[Cancelled], now: datetime) -> None:
    """Ends what has not started. What is being sent at this moment is only marked: should it turn out not to have been
    sent, or may it have been, it is not tried again. A direct reply about danger is never taken back, whatever was
    said after it."""
    everything = [one for one in cancelled if EVERYTHING in one.topics]
    topics = [(one, topic) for one in cancelled for topic in sorted(one.topics - {EVERYTHING})]
    if everything:
        ended = [{"its_subscriber": one.subscriber_id, "its_end": now} for one in everything]
        await conn.execute(_EVERYTHING, ended)
    if topics:
        ended = [{"its_subscriber": one.subscriber_id, "its_topic": topic, "its_end": now} for one, topic in topics]
        await conn.execute(_TOPIC, ended)
    # Last: what comes back from its attempt between the two statements is cancelled or marked, on either side.
    on_the_way = [
        {"its_subscriber": one.subscriber_id, "its_account": account}
        for one in everything
        for account in _accounts(one)
    ]
    if on_the_way:
        await conn.execute(_EVERYTHING_ON_ITS_WAY, on_the_way)
    of_topic = [
        {"its_subscriber": one.subscriber_id, "its_account": account, "its_topic": topic}
        for one, topic in topics
        for account in _accounts(one)
    ]
    if of_topic:
        await conn.execute(_TOPIC_ON_ITS_WAY, of_topic)


def _accounts(cancelled: Cancelled) -> Collection[str]:
    """What a web chat offered is on its way no more."""
    return sorted({one.account for one in cancelled.addresses if one.channel is not Channel.WEBCHAT})


_IS_EVERYTHING: Final = or_(MessageRow.lane != Lane.CRISIS.value, MessageRow.unasked)
_IS_TOPIC: Final = MessageRow.topic == bindparam("its_topic")
_READY: Final = (
    update(MessageRow)
    .where(MessageRow.subscriber_id == bindparam("its_subscriber"), is_ready())
    .values(state=MessageState.CANCELLED.value, ended_at=bindparam("its_end"))
)
_EVERYTHING: Final = _READY.where(_IS_EVERYTHING)
_TOPIC: Final = _READY.where(_IS_TOPIC)
# By account, of which there are few on their way: a person's own messages are of years.
_ON_ITS_WAY: Final = (
    update(MessageRow)
    .where(
        MessageRow.account == bindparam("its_account"),
        MessageRow.subscriber_id + 0 == bindparam("its_subscriber"),
        in_state(MessageState.SENDING),
    )
    .values(reason=TAKEN_BACK)
)
_EVERYTHING_ON_ITS_WAY: Final = _ON_ITS_WAY.where(_IS_EVERYTHING)
_TOPIC_ON_ITS_WAY: Final = _ON_ITS_WAY.where(_IS_TOPIC)
