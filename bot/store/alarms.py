"""Who of a practice is in alarm, for a human of that practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import alerts
from bot.store.memory import read_rows, select_subscribers
from bot.store.tables import AddressRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarmed:
    number: int
    """Id of the subscriber."""
    name: str
    """As the platform gives it."""
    channel: str
    external_id: str
    tier: str
    third_party: bool
    since: datetime
    told: Mapping[str, str]
    """How the newest alert about this person stands, by route; empty where the practice did not opt in."""


async def standing(conn: AsyncConnection, practice: str) -> list[Alarmed]:
    """The practice's own people for whom an alarm stands, the newest first."""
    rows = (
        await conn.execute(
            select_subscribers()
            .add_columns(AddressRow.name)
            .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
            .where(SubscriberRow.practice == practice, SubscriberRow.alarm_tier != "")
        )
    ).all()
    people = await read_rows(conn, rows)
    found = [
        Alarmed(
            number=person.id,
            name=row.name,
            channel=person.address.channel.value,
            external_id=person.address.external_id,
            tier=person.alarm.tier,
            third_party=person.alarm.third_party,
            since=person.alarm.at,
            told=await alerts.newest_of(conn, practice, person.id),
        )
        for person, row in zip(people, rows, strict=True)
        if person.alarm is not None
    ]
    return sorted(found, key=lambda one: one.since, reverse=True)
