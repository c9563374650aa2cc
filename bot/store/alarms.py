"""Who of a practice is in alarm, for a human of that practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import alerts
from bot.store.contacts import Contact, contacts
from bot.store.tables import SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarmed:
    who: Contact
    tier: str
    third_party: bool
    since: datetime
    told: Mapping[str, str]
    """How the newest alert about this person stands, by route; empty where the practice did not opt in."""


async def standing(conn: AsyncConnection, practice: str) -> list[Alarmed]:
    """The practice's own people for whom an alarm stands, the newest first."""
    found = [
        Alarmed(
            who=who,
            tier=person.alarm.tier,
            third_party=person.alarm.third_party,
            since=person.alarm.at,
            told=await alerts.newest_of(conn, practice, who.number),
        )
        for who, person, _ in await contacts(conn, practice, SubscriberRow.alarm_tier != "")
        if person.alarm is not None
    ]
    return sorted(found, key=lambda one: one.since, reverse=True)
