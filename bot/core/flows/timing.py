"""TIJD and PAUZE: another hour or place, and a program that waits and goes on at its place."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from bot.core.dutch import clock, day_from, long_date
from bot.core.flows import followups, steps
from bot.core.messages import Button
from bot.core.schedule import local, parse_date, parse_days, parse_time_of_day
from bot.core.text import normalise
from bot.core.turn import Turn

PLACES = {
    "Europe/Amsterdam": "Nederland",
    "Europe/Brussels": "België",
    "America/Curacao": "Curaçao",
    "America/Aruba": "Aruba",
    "America/Kralendijk": "Bonaire",
    "America/Paramaribo": "Suriname",
    "Europe/Lisbon": "Portugal",
    "Europe/London": "Groot-Brittannië",
    "Atlantic/Canary": "Canarische Eilanden",
    "Europe/Athens": "Griekenland",
    "Europe/Istanbul": "Turkije",
    "Africa/Casablanca": "Marokko",
    "Asia/Jakarta": "Indonesië",
    "Australia/Sydney": "Sydney",
    "America/New_York": "New York",
}
_ALIASES = {
    "belgie": "Europe/Brussels",
    "vlaanderen": "Europe/Brussels",
    "brussel": "Europe/Brussels",
    "antwerpen": "Europe/Brussels",
    "gent": "Europe/Brussels",
    "amsterdam": "Europe/Amsterdam",
    "nederland": "Europe/Amsterdam",
    "spanje": "Europe/Madrid",
    "frankrijk": "Europe/Paris",
    "duitsland": "Europe/Berlin",
    "italie": "Europe/Rome",
    "engeland": "Europe/London",
    "ierland": "Europe/Dublin",
    "portugal": "Europe/Lisbon",
    "griekenland": "Europe/Athens",
    "turkije": "Europe/Istanbul",
    "marokko": "Africa/Casablanca",
    "curacao": "America/Curacao",
    "aruba": "America/Aruba",
    "bonaire": "America/Kralendijk",
    "suriname": "America/Paramaribo",
    "paramaribo": "America/Paramaribo",
    "sint maarten": "America/Lower_Princes",
    "canarische eilanden": "Atlantic/Canary",
    "tenerife": "Atlantic/Canary",
    "bali": "Asia/Makassar",
    "indonesie": "Asia/Jakarta",
    "thailand": "Asia/Bangkok",
    "new york": "America/New_York",
    "sydney": "Australia/Sydney",
}
_SPAN = re.compile(r"\b(?:van|vanaf)\b(?P<start>.*?)(?:\b(?:tot|t/m|tot en met)\b(?P<end>.*))?$")
_UNTIL = re.compile(r"\b(?:tot|t/m)\b(?P<end>.*)$")
_TIME_IN = re.compile(r"/?(?:andere )?tijd(?: (?:van|in|op|naar|is|wordt))*(?: [^\W\d_]+){1,3}[.! ]*")
OPEN = date.max


def place_in(text: str) -> str | None:
    """The IANA zone of a country or city that the text names, or None."""
    words = f" {normalise(text)} "
    return next((zone for name, zone in _ALIASES.items() if f" {name} " in words), None)


def place_name(zone: str) -> str:
    return PLACES.get(zone, zone.rpartition("/")[2].replace("_", " "))


def time_menu(turn: Turn, text: str) -> None:
    """TIJD: with an hour or a place in the same message it is set at once; with dates the program waits."""
    hour, place = parse_time_of_day(_without_command(text)), place_in(text)
    if hour is not None or place is not None:
        set_time(turn, hour, place)
        return
    if (span := span_in(text, turn.today)) is not None:
        pause_span(turn, *span)
        return
    current = turn.subscriber.hour if turn.active() is not None else None
    turn.say(
        "time_menu" if current is not None else "time_menu_none",
        *(Button(clock(h), f"time:{h:%H.%M}") for h in (time(8), time(12, 30), time(19, 30))),
        Button("Andere plaats", "place"),
        Button("Rustiger aan", "calm") if turn.subscriber.dose == 1 else Button("Weer elke dag", "normal"),
        hour=clock(current) if current is not None else "",
        place=place_name(turn.zone),
    )
    turn.ask("time")


def is_for_place(text: str) -> bool:
    """TIJD with a place and no hour ("tijd Suriname", "tijd in Spanje")."""
    return _TIME_IN.fullmatch(normalise(text)) is not None and place_in(text) is not None


def _without_command(text: str) -> str:
    """`tijd 8` is an hour; `parse_time_of_day` wants a bare number to stand alone."""
    return re.sub(r"^\s*/?\s*tijd(stip)?\b[\s:]*", "", text, flags=re.IGNORECASE)


def set_time(turn: Turn, hour: time | None, zone: str | None) -> None:
    if zone is not None and zone != turn.zone:
        before = turn.zone
        turn.change(zone=zone)
        followups.move(turn, before)
    if hour is not None:
        turn.change(hour=hour)
    turn.note("time_changed")
    steps.go_on_from_now(turn)
    current = turn.subscriber.hour
    when = steps.when_next(turn)
    place = place_name(turn.zone)
    if current is None:
        turn.say("place_set", place=place)
    elif when:
        turn.say("time_set", hour=clock(current), place=place, when=when)
    else:
        turn.say("time_set_only", hour=clock(current), place=place)


def ask_place(turn: Turn) -> None:
    names = ("Europe/Amsterdam", "Europe/Brussels", "America/Curacao", "America/Paramaribo")
    turn.say("ask_place", *(Button(PLACES[zone], f"zone:{zone}") for zone in names))
    turn.ask("place")


def pause(turn: Turn, text: str) -> None:
    """PAUZE n dagen, "vakantie van 3 tot 10 december"; without a length it asks."""
    if turn.active() is None:
        _nothing_to_pause(turn)
        return
    if (span := span_in(text, turn.today)) is not None:
        pause_span(turn, *span)
        return
    days = parse_days(text)
    if days is not None:
        pause_days(turn, days)
        return
    turn.say(
        "ask_pause",
        Button("3 dagen", "pause:3"),
        Button("1 week", "pause:7"),
        Button("2 weken", "pause:14"),
        Button("Tot ik VERDER typ", "pause:open"),
    )
    turn.ask("pause")


def _nothing_to_pause(turn: Turn) -> None:
    """Without a program there is no place to keep; what was announced stays away all the same."""
    followups.close_all(turn)
    turn.note("paused")
    turn.say("pause_nothing")


def span_in(text: str, today: date) -> tuple[date, date] | None:
    """From and until, as local dates; `until` is the first day that a step comes again."""
    plain = normalise(text)
    if (found := _SPAN.search(plain)) is not None:
        start = parse_date(found["start"], today)
        end = parse_date(found["end"], start or today) if found["end"] else None
        if start is not None:
            return start, end if end is not None else OPEN
    if (found := _UNTIL.search(plain)) is not None and (end := parse_date(found["end"], today)) is not None:
        return today, end
    return None


def pause_days(turn: Turn, days: int) -> None:
    pause_span(turn, turn.today, turn.today + timedelta(days=days))


def pause_span(turn: Turn, start: date, until: date) -> None:
    if until <= start or until < turn.today:
        turn.say("pause_backwards")
        return
    if turn.active() is None:
        _nothing_to_pause(turn)
        return
    followups.close_all(turn)
    turn.drop_reminders()
    turn.change(paused_from=start, paused_until=until, faded=False, braked=False)
    if start <= turn.today:
        for enrollment in turn.subscriber.enrollments:
            turn.cancel(steps.topic(enrollment.program))
    turn.note("paused")
    begin = "vandaag" if start <= turn.today else day_from(turn.today, start)
    if until == OPEN:
        turn.say("paused_open", Button("Ga weer verder", "resume"), start=begin)
    else:
        turn.say("paused", Button("Toch verder", "resume"), start=begin, until=_until(turn, until))


def _until(turn: Turn, until: date) -> str:
    today = local(turn.now, turn.zone).date()
    return day_from(today, until) if (until - today).days < 7 else long_date(until)
