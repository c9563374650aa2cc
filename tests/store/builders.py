"""People and Decisions for the tests of the store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision
from bot.core.delivery import Message
from bot.core.messages import Address, Channel, Inbound, InboundKind, Lane, Outgoing
from bot.core.retry import Transition, after
from bot.core.subscriber import Subscriber
from bot.store import decisions, outbox, subscribers
from bot.store.database import Database
from bot.store.tables import MessageRow

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
OWNER = "linde"
STRANGER = "eik"
TELEGRAM = f"{OWNER}:telegram"
WEBCHAT = f"{OWNER}:webchat"


def telegram(number: int = 1, practice: str = OWNER) -> Address:
    return Address(Channel.TELEGRAM, f"{practice}:telegram", str(number))


def webchat(name: str = "visitor", practice: str = OWNER) -> Address:
    return Address(Channel.WEBCHAT, f"{practice}:webchat", name)


def says(text: str, external_id: str, address: Address | None = None) -> Inbound:
    return Inbound(address=address or telegram(), external_id=external_id, kind=InboundKind.TEXT, text=text)


def reply(text: str = "hallo", **more: Any) -> Outgoing:
    return Outgoing(text=text, **more)


def nudge(text: str = "hoe ging het?", **more: Any) -> Outgoing:
    return Outgoing(text=text, unasked=True, lane=Lane.LESSON, topic="followup:HECHTING", **more)


def sends(subscriber: Subscriber, *messages: Outgoing, **more: Any) -> Decision:
    return Decision(subscriber=subscriber, messages=messages, **more)


async def somebody(database: Database, number: int = 1, **changes: Any) -> Subscriber:
    """A subscriber of the owner, in Telegram, with some more state."""
    return await at(database, telegram(number), **changes)


async def at(database: Database, address: Address, **changes: Any) -> Subscriber:
    practice = address.account.partition(":")[0]

    async def work(conn: AsyncConnection) -> Subscriber:
        found = await subscribers.find_or_create(conn, practice, address, zone="Europe/Amsterdam", now=NOW)
        changed = replace(found, **changes)
        await decisions.record(conn, practice, Decision(subscriber=changed), f"made:{found.id}:{changes}", NOW, "v1")
        return changed

    return await database.write(work)


async def load(database: Database, subscriber: Subscriber) -> Subscriber:
    return await database.write(lambda conn: subscribers.load(conn, subscriber.practice, subscriber.id))


async def record(database: Database, decision: Decision, cause: str, now: datetime = NOW) -> list[int]:
    practice = decision.subscriber.practice
    return await database.write(lambda conn: decisions.record(conn, practice, decision, cause, now, "v1"))


async def claim(
    database: Database,
    lane: Lane = Lane.REPLY,
    account: str = TELEGRAM,
    now: datetime = LATER,
    epoch: int = 1,
    limit: int = 10,
    busy: Sequence[int] = (),
) -> list[Message]:
    return await database.write(lambda conn: outbox.claim(conn, account, lane, now, epoch, limit, busy))


async def ended(database: Database, message: Message, outcome: Any, now: datetime = LATER) -> Transition:
    transition = after(message, outcome, now, 0.5)
    await database.write(lambda conn: outbox.record_outcomes(conn, [(message, transition)], now))
    return transition


async def row(database: Database, message_id: int) -> Any:
    async with database.read() as conn:
        return (await conn.execute(select(MessageRow).where(MessageRow.id == message_id))).one()


async def states(database: Database) -> list[str]:
    """The states of all messages, in the order of their ids."""
    async with database.read() as conn:
        return list((await conn.scalars(select(MessageRow.state).order_by(MessageRow.id))).all())


async def set_message(database: Database, message_id: int, **values: Any) -> None:
    await database.write(
        lambda conn: conn.execute(update(MessageRow).where(MessageRow.id == message_id).values(**values))
    )
