"""Local time per person, made to survive DST: dates and hours are local, instants are UTC.

Policy (PLATFORMS.md, "Time"): the local time and IANA zone are kept, the next instant is computed per local date with
fold=0; an hour that does not exist in spring moves forward by the gap (02:30 -> 03:30), one that comes twice in autumn
means the first. So there is exactly one instant per local date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.core.schedule_words import parse_date, parse_days, parse_time_of_day

__all__ = [
    "DAY_END",
    "EARLIEST_HOUR",
    "LATEST_HOUR",
    "NUDGE_HOUR",
    "at_local",
    "awake",
    "first_step_on",
    "is_quiet",
    "local",
    "local_date",
    "next_step_at",
    "nudge_at",
    "parse_date",
    "parse_days",
    "parse_time_of_day",
    "reminder_at",
    "request_date",
    "zone_of",
]

EARLIEST_HOUR = time(6)
LATEST_HOUR = time(22)
"""A person may choose an hour from 06:00 up to and including 22:00."""
QUIET_FROM = time(22)
QUIET_UNTIL = time(8)
NUDGE_HOUR = time(19)
NUDGE_DAYS = {1: 1, 2: 3, 3: 7}
NUDGE_GAP = timedelta(hours=20)
STEP_GAP = timedelta(hours=12)
FIRST_STEP_NOTICE = timedelta(minutes=60)
LAST_REMINDER = time(21, 30)
DAY_END = time(21, 59)
"""After it nothing unasked goes out that is not at the person's own hour."""


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=4_096)
def local(instant: datetime, zone: str) -> datetime:
    """The aware local time of an aware instant; at eight many people share it."""
    return instant.astimezone(zone_of(zone))


@lru_cache(maxsize=4_096)
def local_date(instant: datetime, zone: str) -> date:
    """The local date of an instant."""
    return local(instant, zone).date()


@lru_cache(maxsize=4_096)
def at_local(day: date, hour: time, zone: str) -> datetime:
    """The one UTC instant of a local date and hour."""
    wall = datetime.combine(day, hour.replace(fold=0), zone_of(zone))
    # Through UTC, since a wall time inside the spring gap only then lands after it.
    return wall.astimezone(UTC)


def is_quiet(instant: datetime, zone: str) -> bool:
    """Between 22:00 and 08:00 local, when nothing unasked goes out but a step at the person's own hour."""
    wall = local(instant, zone).time()
    return wall >= QUIET_FROM or wall < QUIET_UNTIL


def awake(moment: datetime, zone: str) -> datetime:
    """The moment itself, or 08:00 local after it when it lies in the quiet hours."""
    if not is_quiet(moment, zone):
        return moment
    wall = local(moment, zone)
    day = wall.date() if wall.time() < QUIET_UNTIL else wall.date() + timedelta(days=1)
    return at_local(day, QUIET_UNTIL, zone)


def request_date(instant: datetime, zone: str) -> date:
    """The local date that a request belongs to: before 05:00 it is still the day before."""
    return (local(instant, zone) - timedelta(hours=5)).date()


def nudge_at(requested_on: date, nudge: int, now: datetime, zone: str) -> datetime:
    """When nudge 1, 2 or 3 of a request is due: 19:00 on date +1, +3, +7, and never in the past: a "later" that
    comes late moves to the next 19:00 that lies at least 20 hours away."""
    due = at_local(requested_on + timedelta(days=NUDGE_DAYS[nudge]), NUDGE_HOUR, zone)
    earliest = now + NUDGE_GAP if nudge > 1 else now
    day = local(due, zone).date()
    while due < earliest:
        day += timedelta(days=1)
        due = at_local(day, NUDGE_HOUR, zone)
    return due


def first_step_on(now: datetime, hour: time, zone: str) -> date:
    """Today when the chosen hour is at least 60 minutes away, else tomorrow (local dates)."""
    today = local(now, zone).date()
    return today if at_local(today, hour, zone) - now >= FIRST_STEP_NOTICE else today + timedelta(days=1)


@lru_cache(maxsize=4_096)
def next_step_at(
    hour: time, zone: str, not_before: date, last_step_on: date | None, last_step_at: datetime | None
) -> datetime:
    """The next instant at the person's hour: at most one step a local date, at least 12 hours between two steps, also
    after a change of time zone or hour."""
    day = not_before
    if last_step_on is not None:
        day = max(day, last_step_on + timedelta(days=1))
    due = at_local(day, hour, zone)
    while last_step_at is not None and due - last_step_at < STEP_GAP:
        day += timedelta(days=1)
        due = at_local(day, hour, zone)
    return due


@lru_cache(maxsize=4_096)
def reminder_at(asked_at: datetime, zone: str) -> datetime | None:
    """When an open question is recalled once: four hours later, at 21:00 when that would be 21:30 or later, and never
    when less than 90 minutes lie between. The same local day or not at all."""
    asked = local(asked_at, zone)
    due = asked_at + timedelta(hours=4)
    wall = local(due, zone)
    if wall.date() != asked.date() or wall.time() >= LAST_REMINDER:
        due = at_local(asked.date(), time(21), zone)
    if due - asked_at < timedelta(minutes=90):
        return None
    return None if is_quiet(due, zone) else due
