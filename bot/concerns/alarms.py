"""`nabij alarms`: who of a practice is in alarm, and a human of the practice who ends the freeze. Said in Dutch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.concerns.concern import Concern, named, said_at
from bot.core import staff
from bot.core.content.model import Practice
from bot.settings import Settings
from bot.store import alarms
from bot.store.alarms import Alarmed
from bot.store.looks import Looked
from bot.upkeep import practice_of

_IN_ALARM: Final = Concern(Looked.ALARM, alarms.standing, staff.released, "released")
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
    found = await _IN_ALARM.people(settings, practice)
    if not found:
        return [f"Bij {practice.name} staat geen alarm open."]
    how = (
        f"Geef iemand weer vrij als je die zelf gesproken hebt: nabij alarms {slug} --release NUMMER. De stappen gaan "
        "dan verder waar ze waren, zonder bericht."
    )
    return [*(line for one in found for line in _shown(one, practice)), how]


async def release(settings: Settings, slug: str, number: int) -> list[str]:
    """A human of the practice ends the freeze of one person. Nabij may run meanwhile. Raises Unusable."""
    practice = practice_of(settings, slug)
    refusal = f"Bij {practice.name} staat voor nummer {number} geen alarm open."
    await _IN_ALARM.end_for(settings, practice, number, refusal)
    return [f"Nummer {number} is vrijgegeven. De stappen gaan verder waar ze waren, binnen een halve minuut."]


def _shown(one: Alarmed, practice: Practice) -> Sequence[str]:
    about = ", over iemand anders" if one.third_party else ""
    return [
        f"{named(one.who)}, groep {one.tier}{about}, sinds {said_at(one.since, practice)}",
        *(f"    {route}: {_STATES[state]}" for route, state in one.told.items()),
    ]
