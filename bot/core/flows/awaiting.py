"""What the bot just asked about itself, and a typed answer to it: consent, hour, place, pause, where."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.answers import parse_yes_no
from bot.core.flows import buttons, data, enrolling, steps, timing
from bot.core.messages import Channel
from bot.core.schedule import parse_days, parse_time_of_day
from bot.core.subscriber import Awaiting
from bot.core.text import normalise
from bot.core.turn import Turn

CONSENT_WITHIN = timedelta(hours=24)
"""A typed "ja" that comes later may be meant for anything: the question is put once more."""


def answered(turn: Turn, asked: Awaiting | None, text: str) -> bool:
    """True when the text answers what was just asked. A typed "ja" is consent only here, directly after it."""
    if asked is None:
        return False
    match asked.what:
        case "consent1":
            return _consent(turn, asked.about, asked.asked_at, text)
        case "consent2":
            return _consent_answers(turn, asked.about, asked.asked_at, text)
        case "hour":
            return _hour(turn, asked.about, text)
        case "where":
            return _where(turn, asked.about, text)
        case "pause":
            return _pause(turn, text)
        case "place":
            return _place(turn, text)
        case "time":
            return _time(turn, text)
        case "consent3" | "consent4":
            return _late_consent(turn, asked.about, asked.asked_at, text)
        case "erase":
            return _erase(turn, asked.asked_at, text)
        case "yes":
            return _yes(turn, asked.about, text)
    return False


def _yes(turn: Turn, action: str, text: str) -> bool:
    """A typed "ja" or "nee" to something that was just offered; never to a consent."""
    said = parse_yes_no(text)
    if said is None:
        return False
    buttons.tap(turn, action if said else "closed")
    return True


def _late_consent(turn: Turn, name: str, asked_at: datetime, text: str) -> bool:
    said = parse_yes_no(text)
    if said is None:
        return False
    if not said:
        buttons.tap(turn, "closed")
    elif turn.now - asked_at > CONSENT_WITHIN:
        data.give(turn, name)
    else:
        data.given(turn, name)
    return True


def _erase(turn: Turn, asked_at: datetime, text: str) -> bool:
    said = parse_yes_no(text)
    if said is None:
        return False
    if not said:
        data.keep(turn)
    elif turn.now - asked_at > data.SURE_FOR:
        data.ask_erase(turn)
    else:
        data.erase(turn)
    return True


def _consent(turn: Turn, program: str, asked_at: datetime, text: str) -> bool:
    said = parse_yes_no(text)
    if said is None:
        return False
    if said and turn.now - asked_at > CONSENT_WITHIN:
        enrolling.daily(turn, program)
    else:
        enrolling.consent_daily(turn, program, given=said)
    return True


def _consent_answers(turn: Turn, about: str, asked_at: datetime, text: str) -> bool:
    said = parse_yes_no(text)
    if said is None:
        return False
    program_id, _, step_id = about.partition(":")
    program = turn.practice.programs.get(program_id)
    step = program.step(step_id) if program is not None else None
    if said and program is not None and step is not None and turn.now - asked_at > CONSENT_WITHIN:
        steps.ask_consent_answers(turn, program, step, unasked=False)
    else:
        steps.consent_answers(turn, about, given=said)
    return True


def _hour(turn: Turn, program: str, text: str) -> bool:
    hour = parse_time_of_day(text)
    if hour is None:
        return False
    enrolling.choose_hour(turn, program, hour)
    return True


def _where(turn: Turn, program: str, text: str) -> bool:
    said = normalise(text)
    for channel in (Channel.TELEGRAM, Channel.WHATSAPP):
        if channel.value in said and channel in turn.reach.links:
            enrolling.where(turn, channel.value, program)
            return True
    if "terug" in said or "hier" in said:
        enrolling.where(turn, "here", program)
        return True
    return False


def _pause(turn: Turn, text: str) -> bool:
    if (span := timing.span_in(text, turn.today)) is not None:
        timing.pause_span(turn, *span)
        return True
    days = parse_days(text)
    if days is None and text.strip().isdecimal():
        days = int(text.strip()) if 1 <= int(text.strip()[:4]) <= 60 else None
    if days is None:
        return False
    timing.pause_days(turn, days)
    return True


def _place(turn: Turn, text: str) -> bool:
    zone = timing.place_in(text)
    if zone is None:
        return False
    timing.set_time(turn, None, zone)
    return True


def _time(turn: Turn, text: str) -> bool:
    hour, place = parse_time_of_day(text), timing.place_in(text)
    if hour is None and place is None:
        return False
    timing.set_time(turn, hour, place)
    return True


def asked_again(turn: Turn, asked: Awaiting | None) -> bool:
    """The text was no answer and nothing else either: ask once more, with an example; a second miss is let go."""
    if asked is None or asked.about.endswith("?"):
        return False
    match asked.what:
        case "hour":
            turn.say("ask_hour_again", *enrolling.hour_buttons(asked.about))
            turn.ask("hour", asked.about)
        case "time":
            turn.say("ask_hour_again")
            turn.ask("time")
        case "place":
            turn.say("ask_place_again")
            turn.ask("place", "?")
        case "pause":
            turn.say("ask_pause_again")
            turn.ask("pause", "?")
        case _:
            return False
    return True
