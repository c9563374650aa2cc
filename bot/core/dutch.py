"""Dates and hours as a Dutch reader says them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot.core.schedule import local

DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)

SHORT_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_NUMBERS = (
    *("nul", "één", "twee", "drie", "vier", "vijf", "zes"),
    *("zeven", "acht", "negen", "tien", "elf", "twaalf"),
)


def clock(hour: time) -> str:
    return f"{hour.hour:02d}.{hour.minute:02d}"


def long_date(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def day_from(today: date, day: date) -> str:
    """`vandaag`, `morgen, dinsdag`, a week day within the week, else the date."""
    away = (day - today).days
    if away == 0:
        return "vandaag"
    if away == 1:
        return f"morgen, {DAYS[day.weekday()]}"
    return DAYS[day.weekday()] if 1 < away < 7 else long_date(day)


def moment(due: datetime, now: datetime, zone: str) -> str:
    """`morgen, dinsdag, om 08.00`: a coming instant in local words."""
    wall, today = local(due, zone), local(now, zone).date()
    day = day_from(today, wall.date())
    comma = "," if wall.date() - today == timedelta(days=1) else ""
    return f"{day}{comma} om {clock(wall.time())}"


def nudge_day(due: datetime, now: datetime, zone: str) -> str:
    """`vanavond`, `morgen` or the week day: when a nudge was announced for."""
    away = (local(due, zone).date() - local(now, zone).date()).days
    return {0: "vanavond", 1: "morgen"}.get(away, day_from(local(now, zone).date(), local(due, zone).date()))


def ago(today: date, day: date) -> str:
    """`gisteren`, `afgelopen dinsdag`, `vorige week`, `drie weken geleden`, else the date: a local date up to today.
    Weeks begin on Monday."""
    away = (today - day).days
    if away < 2:
        return "gisteren" if away else "eerder vandaag"
    if away < 7:
        return f"afgelopen {DAYS[day.weekday()]}"
    weeks = (away - today.weekday() + day.weekday()) // 7
    if weeks == 1:
        return "vorige week"
    return f"{small_number(weeks)} weken geleden" if weeks < 5 else f"op {long_date(day)}"


def small_number(number: int) -> str:
    """In words up to twelve, as running text has it."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def listed(items: list[str], word: str = "of") -> str:
    """`a, b of c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}" if items else ""
