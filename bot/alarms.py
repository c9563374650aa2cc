"""`nabij alarms`: who of a practice is in alarm, and a human of the practice who ends the freeze. Said in Dutch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core import staff
from bot.core.content.model import Practice
from bot.core.dutch import clock, long_date
from bot.core.schedule import local
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import alarms, decisions, looks, subscribers
from bot.store.alarms import Alarmed
from bot.store.looks import Looked
from bot.upkeep import opened_database, operator, practice_of

_STATES: Final = {
    "ready": "seintje aan de praktijk: nog niet gelukt, wordt herhaald",
    "sending": "seintje aan de praktijk: onderweg",
    "accepted": "seintje aan de praktijk: verstuurd",
    "dead": "seintje aan de praktijk: MISLUKT, kijk de instellingen na",
    "expired": "seintje aan de praktijk: MISLUKT, een dag lang niet gelukt",
    "unknown": "seintje aan de praktijk: misschien niet aangekomen",
    "cancelled": "seintje aan de praktijk: vervallen na een restore",
}


async def standing(settings: Settings, slug: str) -> list[str]:
    """Everybody of the practice for whom an alarm stands, newest first. Raises Unusable."""
    practice = practice_of(settings, slug)

    async def look(conn: AsyncConnection) -> list[Alarmed]:
        found = list(await alarms.standing(conn, slug))
        for one in found:
            await looks.note(conn, slug, operator(), Looked.ALARM, one.number)
        return found

    async with opened_database(settings) as database:
        found = await database.write(look)
    if not found:
        return [f"Bij {practice.name} staat geen alarm open."]
    how = (
        f"Geef iemand weer vrij als je die zelf gesproken hebt: nabij alarms {slug} --release NUMMER. De stappen gaan "
        "dan verder waar ze waren, zonder bericht."
    )
    return [*(line for one in found for line in _shown(one, practice)), how]


async def release(settings: Settings, slug: str, number: int) -> list[str]:
    """A human of the practice ends the freeze of one person. Nabij may run meanwhile. Raises Unusable."""
    practice, now = practice_of(settings, slug), datetime.now(UTC)

    async def end(conn: AsyncConnection) -> None:
        if number not in {one.number for one in await alarms.standing(conn, slug)}:
            raise Unusable(f"Bij {practice.name} staat voor nummer {number} geen alarm open.")
        await looks.note(conn, slug, operator(), Looked.ALARM, number)
        person = await subscribers.load(conn, slug, number)
        decision = staff.released(person, practice, now)
        await decisions.record(conn, slug, decision, f"staff:released:{now.isoformat()}", now, practice.version)

    async with opened_database(settings) as database:
        await database.write(end)
    return [f"Nummer {number} is vrijgegeven. De stappen gaan verder waar ze waren, binnen een halve minuut."]


def _shown(one: Alarmed, practice: Practice) -> Sequence[str]:
    wall = local(one.since, practice.zone)
    about = ", over iemand anders" if one.third_party else ""
    name = one.name or "naam onbekend"
    since = f"{long_date(wall.date())} {clock(wall.time())}"
    who = f"{name} ({one.channel} {one.external_id})"
    return [
        f"Nummer {one.number}: {who}, groep {one.tier}{about}, sinds {since}",
        *(f"    {route}: {_STATES[state]}" for route, state in one.told.items()),
    ]
