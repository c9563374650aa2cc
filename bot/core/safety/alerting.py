"""What a practice is told of an alarm: which words, when, how to look. Never a text, name or number of the person."""

from __future__ import annotations

from typing import Final

from bot.core.alerts import OpenAlert
from bot.core.dutch import clock, long_date
from bot.core.schedule import local

SUBJECT: Final = "Nabij: iemand in je praktijk heeft misschien hulp nodig"
_TIERS: Final = {
    "A": "woorden van direct gevaar (groep A, de ernstigste)",
    "B": "woorden over niet meer willen leven, zichzelf pijn doen of geweld (groep B)",
    "C": "woorden van uitzichtloosheid (groep C, de lichtste)",
}


def alert_text(alert: OpenAlert, practice: str, zone: str) -> str:
    """Markdown, in the practice's own time zone (IANA)."""
    wall = local(alert.at, zone)
    when = f"{long_date(wall.date())} om {clock(wall.time())}"
    doubled = "\n\nDit bericht kan dubbel zijn: de vorige keer kwam er geen antwoord." if alert.resends else ""
    happened = (
        "De bot kan niet zeggen wanneer iemand dit leest, en heeft dat ook gezegd."
        if alert.what == "human"
        else "De persoon kreeg meteen de lijn om te bellen, en de programma's staan stil."
    )
    return (
        f"**{_said(alert)}**, op {when}.\n\n"
        f"{happened} Wie het is en wat er stond, staat met opzet niet in dit bericht.\n\n"
        f"Zo kijk je: typ `nabij alarms {practice}` op de computer waar Nabij draait, of vraag het aan wie Nabij voor "
        "je beheert.\n\n"
        "Nabij herkent alleen woorden van een lijst. Geen bericht betekent niet dat er niets is."
        f"{doubled}"
    )


def _said(alert: OpenAlert) -> str:
    if alert.what == "human":
        return "Iemand in je praktijk vroeg om een mens te spreken"
    about = ", over iemand anders" if alert.third_party else ""
    return f"Iemand in je praktijk schreef {_TIERS.get(alert.tier, 'woorden van nood')}{about}"
