"""The help lines of the package data: which there are, which are open, and when a person last dialled them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from bot.core.content.report import Finding, Level
from bot.core.safety.data import load

Country = Literal["NL", "BE"]
COUNTRY_OF_ZONE: Final[dict[str, Country]] = {"Europe/Amsterdam": "NL", "Europe/Brussels": "BE"}
WARN_AFTER_DAYS: Final = 90
FAIL_AFTER_DAYS: Final = 365
_DATA_FILE: Final = "bot/core/safety/helplines.yaml"


@dataclass(frozen=True, slots=True)
class Helpline:
    """A line to call. `number` is how people write it; no `days` means day and night."""

    id: str
    name: str
    number: str
    countries: frozenset[str]
    verified_on: date
    also: str = ""
    site: str = ""
    chat: str = ""
    """Where somebody answers in writing, for who can't speak."""
    how: str = ""
    days: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None
    """From the first up to the second whole hour of the day; None: all of it."""

    def is_open(self, local: datetime) -> bool:
        """Whether the line answers at `local`, the person's own time."""
        if self.days and local.isoweekday() not in self.days:
            return False
        return self.hours is None or self.hours[0] <= local.hour < self.hours[1]


def _helpline(raw: dict[str, Any], verified_on: date) -> Helpline:
    return Helpline(
        id=raw["id"],
        name=raw["name"],
        number=raw["number"],
        countries=frozenset(raw["zones"]),
        verified_on=raw.get("verified_on", verified_on),
        also=raw.get("also", ""),
        site=raw.get("site", ""),
        chat=raw.get("chat", ""),
        how=raw.get("how", ""),
        days=frozenset(raw.get("days", ())),
        hours=(raw["hours"][0], raw["hours"][1]) if "hours" in raw else None,
    )


_FILE: Final = load("helplines.yaml")
HELPLINES: Final = tuple(_helpline(raw, _FILE["verified_on"]) for raw in _FILE["lines"])


def helpline(line_id: str, country: Country) -> Helpline | None:
    """The line of that kind in the country, or None where there is none."""
    return next((line for line in HELPLINES if line.id == line_id and country in line.countries), None)


def open_helpline(line_id: str, country: Country, now: datetime) -> Helpline | None:
    """The line of that kind if somebody answers it `now` (an aware datetime), else None."""
    zone = next(name for name, found in COUNTRY_OF_ZONE.items() if found == country)
    line = helpline(line_id, country)
    return line if line is not None and line.is_open(now.astimezone(ZoneInfo(zone))) else None


def verify_helplines(today: date) -> list[Finding]:
    """What `nabij check` says about lines that nobody dialled lately: a warning after 90 days, an error after 365."""
    found: list[Finding] = []
    for line in HELPLINES:
        days = (today - line.verified_on).days
        if days > WARN_AFTER_DAYS:
            level = Level.ERROR if days > FAIL_AFTER_DAYS else Level.WARNING
            problem = (
                f"{line.name} ({line.number}) is {days} dagen geleden voor het laatst nagekeken ({line.verified_on})."
            )
            found.append(Finding(_DATA_FILE, 1, level, problem, "Bel het nummer na en zet de datum in verified_on."))
    return found
