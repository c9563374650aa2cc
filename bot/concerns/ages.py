"""`nabij ages`: who of a practice said to be under 16, and a human of the practice who puts it right. Said in Dutch."""

from __future__ import annotations

from typing import Final

from bot.concerns.concern import Concern, named, said_at
from bot.core import staff
from bot.core.content.model import Practice
from bot.settings import Settings
from bot.store import minors
from bot.store.looks import Looked
from bot.store.minors import Minor
from bot.upkeep import practice_of

_UNDER_SIXTEEN: Final = Concern(Looked.AGE, minors.under_sixteen, staff.sixteen_after_all, "age")


async def under_sixteen(settings: Settings, slug: str) -> list[str]:
    """Everybody of the practice who said so. Raises Unusable."""
    practice = practice_of(settings, slug)
    found = await _UNDER_SIXTEEN.people(settings, practice)
    if not found:
        return [f"Bij {practice.name} heeft niemand gezegd jonger dan 16 te zijn."]
    how = (
        "Zet het alleen recht als je die persoon zelf gesproken hebt en zeker weet dat die 16 of ouder is: "
        f"nabij ages {slug} --lift NUMMER. De persoon krijgt geen bericht en moet alles opnieuw zelf vragen."
    )
    return [*(_shown(one, practice) for one in found), how]


async def lift(settings: Settings, slug: str, number: int) -> list[str]:
    """A human of the practice knows better. Nabij may run meanwhile. Raises Unusable."""
    practice = practice_of(settings, slug)
    refusal = f"Bij {practice.name} heeft nummer {number} niet gezegd jonger dan 16 te zijn."
    await _UNDER_SIXTEEN.end_for(settings, practice, number, refusal)
    return [
        f"Nummer {number} geldt weer als 16 of ouder. Er gaat geen bericht uit: vertel het de persoon zelf.",
        "Wat gewist is, blijft gewist; elke toestemming wordt opnieuw gevraagd.",
    ]


def _shown(one: Minor, practice: Practice) -> str:
    if one.disputed_at is None:
        return named(one.who)
    return f"{named(one.who)}, zei op {said_at(one.disputed_at, practice)} toch ouder te zijn"
