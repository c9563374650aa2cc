"""Who of a practice said to be under 16, for a human of that practice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.memory import read_rows, select_subscribers
from bot.store.tables import AddressRow, EventRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor:
    number: int
    """Id of the subscriber."""
    name: str
    """As the platform gives it."""
    channel: str
    external_id: str
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
    rows = (
        await conn.execute(
            select_subscribers()
            .add_columns(AddressRow.name, disputed_at.label("disputed_at"))
            .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
            .where(SubscriberRow.practice == practice, SubscriberRow.memory.contains('"minor"'))
            .order_by(SubscriberRow.id)
        )
    ).all()
    people = await read_rows(conn, rows)
    return [
        Minor(
            number=person.id,
            name=row.name,
            channel=person.address.channel.value,
            external_id=person.address.external_id,
            disputed_at=row.disputed_at,
        )
        for person, row in zip(people, rows, strict=True)
        if person.minor
    ]
