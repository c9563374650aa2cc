"""The people of a practice as a human of that practice can find them: by the number here, or on their channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.subscriber import Subscriber
from bot.store.memory import read_rows, select_subscribers
from bot.store.tables import AddressRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    number: int
    """Id of the subscriber."""
    name: str
    """As the platform gives it."""
    channel: str
    external_id: str


async def contacts(
    conn: AsyncConnection, practice: str, which: ColumnElement[bool], *columns: ColumnElement[Any]
) -> list[tuple[Contact, Subscriber, Row[*tuple[Any, ...]]]]:
    """The practice's own people for whom `which` holds, in the order of their numbers. `columns` are in the row."""
    rows = (
        await conn.execute(
            select_subscribers()
            .add_columns(AddressRow.name, *columns)
            .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
            .where(SubscriberRow.practice == practice, which)
            .order_by(SubscriberRow.id)
        )
    ).all()
    return [
        (
            Contact(
                number=person.id,
                name=row.name,
                channel=person.address.channel.value,
                external_id=person.address.external_id,
            ),
            person,
            row,
        )
        for person, row in zip(await read_rows(conn, rows), rows, strict=True)
    ]
