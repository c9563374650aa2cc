"""`nabij ages`: who of a practice said to be under 16, and a human of the practice who puts it right. Said in Dutch."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core import staff
from bot.core.content.model import Practice
from bot.core.dutch import clock, long_date
from bot.core.schedule import local
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import decisions, looks, minors, subscribers
from bot.store.looks import Looked
from bot.store.minors import Minor
from bot.upkeep import opened_database, operator, practice_of


async def under_sixteen(settings: Settings, slug: str) -> list[str]:
    """Everybody of the practice who said so. Raises Unusable."""
    practice = practice_of(settings, slug)

    async def look(conn: AsyncConnection) -> list[Minor]:
        found = await minors.under_sixteen(conn, slug)
        for one in found:
            await looks.note(conn, slug, operator(), Looked.AGE, one.number)
        return found

    async with opened_database(settings) as database:
        found = await database.write(look)
    if not found:
        return [f"Bij {practice.name} heeft niemand gezegd jonger dan 16 te zijn."]
    how = (
        "Zet het alleen recht als je die persoon zelf gesproken hebt en zeker weet dat die 16 of ouder is: "
        f"nabij ages {slug} --lift NUMMER. De persoon krijgt geen bericht en moet alles opnieuw zelf vragen."
    )
    return [*(_shown(one, practice) for one in found), how]


async def lift(settings: Settings, slug: str, number: int) -> list[str]:
    """A human of the practice knows better. Nabij may run meanwhile. Raises Unusable."""
    practice, now = practice_of(settings, slug), datetime.now(UTC)

    async def put_right(conn: AsyncConnection) -> None:
        if number not in {one.number for one in await minors.under_sixteen(conn, slug)}:
            raise Unusable(f"Bij {practice.name} heeft nummer {number} niet gezegd jonger dan 16 te zijn.")
        await looks.note(conn, slug, operator(), Looked.AGE, number)
        person = await subscribers.load(conn, slug, number)
        decision = staff.sixteen_after_all(person, practice, now)
        await decisions.record(conn, slug, decision, f"staff:age:{now.isoformat()}", now, practice.version)

    async with opened_database(settings) as database:
        await database.write(put_right)
    return [
        f"Nummer {number} geldt weer als 16 of ouder. Er gaat geen bericht uit: vertel het de persoon zelf.",
        "Wat gewist is, blijft gewist; elke toestemming wordt opnieuw gevraagd.",
    ]


def _shown(one: Minor, practice: Practice) -> str:
    said = ""
    if one.disputed_at is not None:
        wall = local(one.disputed_at, practice.zone)
        said = f", zei op {long_date(wall.date())} {clock(wall.time())} toch ouder te zijn"
    return f"Nummer {one.number}: {one.name or 'naam onbekend'} ({one.channel} {one.external_id}){said}"
