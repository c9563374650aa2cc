"""Who of a practice said to be under 16, for a human of that practice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.contacts import Contact, contacts
from bot.store.tables import EventRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor:
    who: Contact
    disputed_at: datetime | None
    """When the person said last to be 16 or more."""


async def under_sixteen(conn: AsyncConnection, practice: str) -> list[Minor]:
    """The practice's own people who said so, in the order of their numbers. Looks through everybody: the word is in
    no column, since nothing but this asks for it."""
    disputed_at = (
        select(func.max(EventRow.at))
        .where(EventRow.subscriber_id == SubscriberRow.id, EventRow.kind == "minor_disputed")
        .correlate(SubscriberRow)
        .scalar_subquery()
    )
    perhaps = SubscriberRow.memory.contains('"minor"')
    return [
        Minor(who=who, disputed_at=row.disputed_at)
        for who, person, row in await contacts(conn, practice, perhaps, disputed_at.label("disputed_at"))
        if person.minor
    ]
