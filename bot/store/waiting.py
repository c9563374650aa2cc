"""What waits for OPEN in discreet mode and was never opened: it goes when it has waited long enough.

It lies in the person's own encrypted column, so it is found by reading that, and written back under the person's lock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.subscriber import Sealed, Subscriber
from bot.store.database import Database
from bot.store.memory import select_subscribers, unread, write_subscribers
from bot.store.tables import AddressRow, SubscriberRow

_AT_ONCE: Final = 100


async def drop_waiting(database: Database, practice: str, before: datetime) -> int:
    """Drops what has waited since `before`, and returns how many messages that were. Who cannot be read is left as it
    is. Raises DatabaseUnavailable; what was done so far stays done."""
    dropped, after = 0, 0
    while True:
        async with database.read() as conn:
            ids = list(await conn.scalars(_with_something_private(practice, after)))
            some = await _read(conn, ids)
        if not ids:
            return dropped
        waited = [person.id for person in some if _without_old(person, before) is not person]
        if waited:
            dropped += await database.write(partial(_drop, ids=waited, before=before))
        after = ids[-1]


def _with_something_private(practice: str, after: int) -> Select[int]:
    private = (SubscriberRow.practice == practice, SubscriberRow.private.is_not(None), SubscriberRow.id > after)
    return select(SubscriberRow.id).where(*private).order_by(SubscriberRow.id).limit(_AT_ONCE)


async def _drop(conn: AsyncConnection, *, ids: list[int], before: datetime) -> int:
    # Read once more under the lock: somebody may have said OPEN in between.
    lock = select(SubscriberRow.id).where(SubscriberRow.id.in_(ids)).order_by(SubscriberRow.id)
    await conn.execute(lock.with_for_update())
    changes = [(_without_old(person, before), person) for person in await _read(conn, ids)]
    changed = [(now, then) for now, then in changes if now is not then]
    await write_subscribers(conn, [(now, {}) for now, _ in changed])
    return sum(len(then.sealed) - len(now.sealed) for now, then in changed)


async def _read(conn: AsyncConnection, ids: list[int]) -> list[Subscriber]:
    rows = await conn.execute(
        select_subscribers()
        .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
        .where(SubscriberRow.id.in_(ids))
    )
    readable, _ = (await unread(conn, rows.all())).readable()
    return readable


def _without_old(person: Subscriber, before: datetime) -> Subscriber:
    """A step that nobody saw is not done: it comes again when the program goes on."""
    kept = tuple(sealed for sealed in person.sealed if _since(sealed, person) >= before)
    if len(kept) == len(person.sealed):
        return person
    unseen = {sealed.message.step for sealed in person.sealed} - {sealed.message.step for sealed in kept}
    enrollments = tuple(
        replace(one, done=tuple(step for step in one.done if f"{one.program}/{step}" not in unseen))
        for one in person.enrollments
    )
    return replace(person, sealed=kept, enrollments=enrollments)


def _since(sealed: Sealed, person: Subscriber) -> datetime:
    """Without a moment of its own it is of an earlier version: then no later than the newest unasked message."""
    if sealed.at is not None:
        return sealed.at
    if person.unasked_on is None:
        return person.created_at
    return datetime.combine(person.unasked_on, time.max, UTC)
