"""Into a daily program: consent, the hour, where, and when the first step comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from bot.core.decision import Join
from bot.core.dutch import clock, moment
from bot.core.flows import checkins, followups, gates, steps, timing
from bot.core.messages import Button, Channel, Kind
from bot.core.schedule import at_local, first_step_on, local
from bot.core.subscriber import Enrollment, EnrollmentState
from bot.core.turn import Turn

HOURS = (time(8), time(12, 30), time(19, 30), time(21))
CHANNEL_NAMES = {Channel.TELEGRAM: "Telegram", Channel.WHATSAPP: "WhatsApp"}


def daily(turn: Turn, program_id: str) -> None:
    """[Elke dag een stap]: what has to be asked first, in order: start again, finish first, consent, hour."""
    program = turn.practice.programs.get(program_id)
    if program is None or program.draft:
        steps.programs(turn)
        return
    followups.close_all(turn)
    if turn.subscriber.stopped_at is not None:
        gates.stopped_line(turn)
        return
    running = _running(turn)
    if running is not None and running.program == program_id:
        _already(turn)
        return
    if running is not None:
        title = turn.practice.programs[running.program].title
        turn.say(
            "finish_first",
            Button("Eerst afmaken", "finish-first"),
            Button("Overstappen", f"switch:{program_id}"),
            running=title,
            program=program.title,
        )
        return
    if not turn.has_consent("daily"):
        turn.say(
            "consent_daily",
            Button("Ja, ik ben 16+ en wil dit", f"consent1:yes:{program_id}", "Ja, ik ben 16+"),
            Button("Nee, liever niet", f"consent1:no:{program_id}"),
            kind=Kind.CONSENT,
            program=program.title,
            days=program.days,
        )
        turn.ask("consent1", program_id)
        return
    ask_hour(turn, program_id)


def _running(turn: Turn) -> Enrollment | None:
    """The daily program that runs; one that is no longer in the content ends here, without a word about it."""
    running = turn.active()
    if running is not None and running.program not in turn.practice.programs:
        leave(turn, running)
        turn.note("program_gone", program=running.program)
        return None
    return running


def _already(turn: Turn) -> None:
    when = steps.when_next(turn)
    if when:
        turn.say("already_daily", when=when)
    else:
        turn.say("already_daily_paused", Button("Ga verder", "resume"))


def consent_daily(turn: Turn, program_id: str, *, given: bool) -> None:
    """A "nee" on an older keyboard takes the consent back: then nothing comes any more, whatever runs."""
    if given != turn.has_consent("daily") or "daily" not in turn.subscriber.consents:
        turn.consent("daily", given=given)
    if given:
        daily(turn, program_id)
        return
    running = turn.active()
    if running is not None:
        leave(turn, running)
    turn.say("consent_daily_no")


def leave(turn: Turn, running: Enrollment) -> None:
    """Out of a program at its place; nothing of it comes any more, its reminder neither."""
    turn.cancel(steps.topic(running.program))
    for question in turn.subscriber.questions:
        if question.program == running.program and question.remind_at is not None:
            turn.cancel(checkins.topic(question.uid))
    turn.drop_reminders(running.program)
    turn.put_enrollment(replace(running, state=EnrollmentState.LEFT))


def switch(turn: Turn, program_id: str) -> None:
    """[Overstappen]: leaves the running program; its place is kept. A second tap finds itself there already."""
    running, program = turn.active(), turn.practice.programs.get(program_id)
    if running is not None and running.program != program_id and program is not None and not program.draft:
        leave(turn, running)
        turn.note("switched", program=running.program, to=program_id)
    daily(turn, program_id)


def ask_hour(turn: Turn, program_id: str) -> None:
    if turn.subscriber.hour is not None:
        choose_hour(turn, program_id, turn.subscriber.hour)
        return
    turn.say("ask_hour", *hour_buttons(program_id))
    turn.ask("hour", program_id)


def hour_buttons(program_id: str) -> tuple[Button, ...]:
    return tuple(Button(clock(hour), f"hour:{hour:%H.%M}:{program_id}") for hour in HOURS)


def choose_hour(turn: Turn, program_id: str, hour: time) -> None:
    """The hour is known: ask where, when there is a choice and it was not asked before, else enrol. An hour of an older
    keyboard changes the hour of the program that runs; it never enrols past consent or into a second program."""
    running = turn.active()
    if running is not None and running.program == program_id and turn.subscriber.hour != hour:
        timing.set_time(turn, hour, None)
        return
    if running is not None or not turn.has_consent("daily"):
        daily(turn, program_id)
        return
    turn.change(hour=hour)
    first_time = not turn.subscriber.enrollments
    if first_time and turn.subscriber.address.channel is Channel.WEBCHAT and turn.reach.links:
        names = [channel for channel in (Channel.TELEGRAM, Channel.WHATSAPP) if channel in turn.reach.links]
        turn.say(
            "ask_where",
            *(Button(CHANNEL_NAMES[channel], f"where:{channel.value}:{program_id}") for channel in names),
            Button("Ik kom zelf terug", f"where:here:{program_id}"),
        )
        turn.ask("where", program_id)
        return
    enrol(turn, program_id)


def where(turn: Turn, channel: str, program_id: str) -> None:
    """Another channel gets a one-time link that joins its address to this subscriber; the steps go on here until
    the link was used."""
    link = next((link for name, link in turn.reach.links.items() if name.value == channel), None)
    enrol(turn, program_id)
    if link is None or not turn.reach.code:
        return
    turn.join = Join(code=turn.reach.code, channel=Channel(channel))
    turn.say("join_link", link=link.replace("{code}", turn.reach.code), channel=CHANNEL_NAMES[Channel(channel)])


def joined(turn: Turn) -> None:
    """The one-time code arrived from the other channel: from now on the steps come here."""
    turn.note("joined", channel=turn.subscriber.address.channel.value)
    when = steps.when_next(turn)
    turn.say("joined", when=when) if when else turn.say("joined_plain")


def enrol(turn: Turn, program_id: str) -> None:
    program = turn.practice.programs.get(program_id)
    hour = turn.subscriber.hour
    if program is None or hour is None:
        steps.programs(turn)
        return
    if turn.active() is not None or not turn.has_consent("daily"):
        daily(turn, program_id)
        return
    begins_on = first_step_on(turn.now, hour, turn.zone)
    earlier = turn.enrollment(program_id)
    place = earlier.done if earlier is not None and earlier.state is EnrollmentState.LEFT else ()
    enrollment = Enrollment(
        program=program_id,
        state=EnrollmentState.ACTIVE,
        content_version=turn.practice.version,
        started_on=turn.today,
        begins_on=begins_on,
        done=place,
    )
    if not place:
        turn.change(tags=turn.subscriber.tags - program.tags)
    turn.put_enrollment(enrollment)
    turn.change(paused_from=None, paused_until=None, faded=False, braked=False)
    turn.note("enrolled", program=program_id)
    when = steps.due(turn, enrollment) or at_local(begins_on, hour, turn.zone)
    today = local(when, turn.zone).date() == turn.today or turn.subscriber.last_step_on == turn.today
    label = "Stuur de volgende nu" if place else "Stuur de eerste nu"
    buttons = [] if today else [Button(label, f"now:{program_id}")]
    phrase = "enrolled_again" if place else "enrolled"
    turn.say(phrase, *buttons, program=program.title, when=moment(when, turn.now, turn.zone))


def first_now(turn: Turn, program_id: str) -> None:
    """[Stuur de eerste nu]: today's step, asked for; tomorrow's comes at the hour, at least 12 hours later."""
    enrollment = turn.active()
    if enrollment is not None and enrollment.program == program_id:
        steps.next_now(turn)
    elif turn.enrollment(program_id) is None:
        daily(turn, program_id)
    else:
        # An old button of a program that ended must not begin it anew with one tap.
        steps.programs(turn)
