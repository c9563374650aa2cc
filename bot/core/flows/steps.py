"""The daily program: which step is next, when it is due, and sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.core.content.model import Program, Step, StepKind
from bot.core.dutch import moment
from bot.core.flows import checkins, week
from bot.core.flows.followups import offer_button
from bot.core.flows.labels import program_button
from bot.core.messages import Button, Kind, Lane, Outgoing
from bot.core.schedule import QUIET_FROM, QUIET_UNTIL, at_local, is_quiet, local_date, next_step_at
from bot.core.subscriber import Enrollment, EnrollmentState, changed
from bot.core.turn import Turn

EVERY_OTHER_DAY_AFTER = 5
PAUSE_AFTER = 10
LATE_AT_NIGHT = timedelta(minutes=30)
"""How late a step at a chosen hour inside the quiet hours may still go."""
STEP_EXPIRES = time(21, 59)
MORE_PROGRAMS = 6
READ_PHRASES = ("step_read", "step_read_2", "step_read_3")


def topic(program: str) -> str:
    return f"program:{program}"


def steps_of(program: Program) -> Sequence[Step]:
    """The steps in order, the goodbye last."""
    return (*program.steps, program.goodbye) if program.goodbye is not None else program.steps


def next_step(program: Program, enrollment: Enrollment, tags: frozenset[str], *, offers: bool) -> Step | None:
    """The step after the last one done that still exists; a removed step is skipped, an inserted one reaches those
    who are before it. An offer is only for those who agreed to news and offers."""
    steps = steps_of(program)
    place = 0
    for done in reversed(enrollment.done):
        found = _place_of(steps, done)
        if found is not None:
            place = found + 1
            break
    if enrollment.jump and (found := _place_of(steps, enrollment.jump)) is not None:
        place = found
    for step in steps[place:]:
        if step.id in enrollment.done and step.id != enrollment.jump:
            continue
        if (step.only and step.only not in tags) or (step.unless and step.unless in tags):
            continue
        if step.draft or (step.kind is StepKind.OFFER and not offers):
            continue
        return step
    return None


def _place_of(steps: Sequence[Step], step_id: str) -> int | None:
    for place, step in enumerate(steps):
        if step.id == step_id:
            return place
    return None


def number_of(program: Program, enrollment: Enrollment) -> int:
    """Number of the step that comes next, for "Verder bij stap 6"."""
    known = {step.id for step in steps_of(program)}
    return sum(1 for done in enrollment.done if done in known) + 1


def due(turn: Turn, enrollment: Enrollment) -> datetime | None:
    """When the next step is due; may lie in the past when the machine was away, and is then for now."""
    subscriber = turn.subscriber
    if subscriber.hour is None or enrollment.state is not EnrollmentState.ACTIVE:
        return None
    day = max(enrollment.begins_on or enrollment.started_on, turn.today)
    apart = max(subscriber.dose, 2) if enrollment.silent >= EVERY_OTHER_DAY_AFTER else subscriber.dose
    if subscriber.last_step_on is not None and apart > 1:
        day = max(day, subscriber.last_step_on + timedelta(days=apart))
    hour = subscriber.hour
    if enrollment.silent >= PAUSE_AFTER and not QUIET_UNTIL <= hour < QUIET_FROM:
        # The kind message of the pause is no lesson: an own hour in the quiet hours does not hold for it.
        hour = QUIET_UNTIL
    for _ in range(400):
        when = next_step_at(hour, subscriber.zone, day, subscriber.last_step_on, subscriber.last_step_at)
        on = local_date(when, subscriber.zone)
        resumes = turn.pause_end(on)
        if resumes == date.max:
            return None
        if resumes is not None:
            day = resumes
        elif _is_off(turn, on) or _capped(turn, on) or _too_late(turn, when):
            day = on + timedelta(days=1)
        else:
            return when
    return None


def go_on_from_now(turn: Turn) -> None:
    """After a pause, a new hour or place: the next step is at the next own hour that is still ahead. Only a machine
    that was away makes up for today's; a person who comes back at noon is not handed the step of this morning."""
    enrollment, hour = turn.active(), turn.subscriber.hour
    if enrollment is None or hour is None:
        return
    ahead = at_local(turn.today, hour, turn.zone) > turn.now
    turn.put_enrollment(replace(enrollment, begins_on=turn.today if ahead else turn.today + timedelta(days=1)))


def _is_off(turn: Turn, day: date) -> bool:
    days_off = turn.practice.days_off
    return bool(days_off) and day.isoformat() in days_off


def _capped(turn: Turn, day: date) -> bool:
    return turn.subscriber.unasked_on == day and turn.subscriber.unasked_count >= turn.practice.daily_cap


def _too_late(turn: Turn, when: datetime) -> bool:
    return turn.now > when and is_quiet(turn.now, turn.zone) and turn.now - when > LATE_AT_NIGHT


def send_next(turn: Turn, enrollment: Enrollment, *, unasked: bool) -> None:
    """Sends the next step, or the goodbye, or the kind message of the pause after ten silent ones."""
    program = turn.practice.programs.get(enrollment.program)
    if program is None:
        turn.put_enrollment(replace(enrollment, state=EnrollmentState.LEFT))
        turn.note("program_gone", program=enrollment.program)
        return
    if unasked and enrollment.silent >= PAUSE_AFTER:
        fade(turn, enrollment)
        return
    if unasked and turn.knocked_again(topic(program.id)):
        turn.put_enrollment(replace(enrollment, silent=enrollment.silent + 1))
        turn.change(last_step_on=turn.today, last_step_at=turn.now)
        return
    step = next_step(program, enrollment, turn.subscriber.tags, offers=turn.has_consent("offers"))
    tells_week = week.is_due(turn, enrollment)
    if tells_week and (step is None or step.kind is StepKind.GOODBYE):
        # After a goodbye nothing more is said, so that the last week goes before it.
        _tell_week(turn, program, unasked=unasked, to_come=1)
        tells_week = False
    if step is None:
        turn.change(last_step_on=turn.today, last_step_at=turn.now)
        finish(turn, enrollment, program, unasked=unasked)
        return
    enrollment = changed(enrollment, done=(*enrollment.done, step.id), jump="", silent=enrollment.silent + 1)
    turn.put_enrollment(enrollment, last_step_on=turn.today, last_step_at=turn.now)
    turn.note("step", program=program.id, step=step.id, what=step.kind.value)
    if step.kind is StepKind.GOODBYE:
        goodbye(turn, enrollment, program, step, unasked=unasked)
    elif step.question is not None:
        _send_checkin(turn, enrollment, step, unasked=unasked)
    else:
        _send_step(turn, program, step, unasked=unasked)
    if tells_week:
        _tell_week(turn, program, unasked=unasked)


def _tell_week(turn: Turn, program: Program, *, unasked: bool, to_come: int = 0) -> None:
    expires = _expires(turn) if unasked else None
    week.tell(turn, program.id, topic=topic(program.id), expires=expires, to_come=to_come)


def _expires(turn: Turn) -> datetime:
    expires = at_local(turn.today, STEP_EXPIRES, turn.zone)
    return expires if expires > turn.now else turn.now + LATE_AT_NIGHT


def _send_step(turn: Turn, program: Program, step: Step, *, unasked: bool) -> None:
    if step.kind is StepKind.OFFER:
        send_text(turn, program, step, (offer_button(turn, f"offer:program:{program.id}"),), unasked=unasked)
    else:
        turn.send(_to_read(program.id, step, _expires(turn) if unasked else None))


# Those who are equally far in a program get the very same, all of them within the hour.
@lru_cache(256)
def _to_read(program_id: str, step: Step, expires: datetime | None) -> Outgoing:
    label = "Gedaan" if step.kind is StepKind.EXERCISE else "Gelezen"
    return _said(program_id, step, (Button(label, f"read:{program_id}:{step.id}"),), expires)


@lru_cache(256)
def _to_answer(program_id: str, step: Step, uid: str, expires: datetime | None) -> Outgoing:
    assert step.question is not None
    return _said(program_id, step, checkins.question_buttons(step.question, uid), expires)


def send_text(turn: Turn, program: Program, step: Step, buttons: tuple[Button, ...], *, unasked: bool) -> None:
    turn.send(_said(program.id, step, buttons, _expires(turn) if unasked else None))


def _said(program_id: str, step: Step, buttons: tuple[Button, ...], expires: datetime | None) -> Outgoing:
    """Unasked when it `expires`, else a direct reply."""
    unasked = expires is not None
    return Outgoing(
        text=step.text,
        buttons=buttons,
        kind=step.kind.message_kind,
        lane=Lane.LESSON if unasked else Lane.REPLY,
        unasked=unasked,
        topic=topic(program_id),
        expires=expires,
        step=f"{program_id}/{step.id}",
    )


def _send_checkin(turn: Turn, enrollment: Enrollment, step: Step, *, unasked: bool) -> None:
    program = turn.practice.programs[enrollment.program]
    assert step.question is not None
    if "answers" not in turn.subscriber.consents:
        ask_consent_answers(turn, program, step, unasked=unasked)
        return
    _ask(turn, program, step, unasked=unasked)


def _ask(turn: Turn, program: Program, step: Step, *, unasked: bool) -> None:
    uid = checkins.open_question(turn, program, step, unasked=unasked)
    turn.send(_to_answer(program.id, step, uid, _expires(turn) if unasked else None))


def ask_consent_answers(turn: Turn, program: Program, step: Step, *, unasked: bool) -> None:
    about = f"{program.id}:{step.id}"
    buttons = (
        Button("Ja, bewaar ze", f"consent2:yes:{about}"),
        Button("Nee, liever niet", f"consent2:no:{about}"),
    )
    asked = replace(step, text=turn.text("consent_answers"))
    send_text(turn, program, asked, buttons, unasked=unasked)
    turn.ask("consent2", about)


def ask_after_consent(turn: Turn, program_id: str, step_id: str) -> None:
    """The check-in itself, once the person said whether answers may be kept. A direct reply."""
    program = turn.practice.programs.get(program_id)
    step = program.step(step_id) if program is not None else None
    if program is None or step is None or step.question is None:
        turn.say("question_gone")
        return
    _ask(turn, program, step, unasked=False)


def consent_answers(turn: Turn, about: str, *, given: bool) -> None:
    """Consent 2, and then the check-in that waited for it. A tap on the old question again changes the consent when it
    says something else, and asks the check-in no second time."""
    program, _, step = about.partition(":")
    known = turn.subscriber.consents.get("answers")
    if known is None or known.given != given:
        turn.consent("answers", given=given)
    if known is not None:
        turn.say("answers_kept" if given else "answers_not_kept")
    else:
        ask_after_consent(turn, program, step)


def goodbye(turn: Turn, enrollment: Enrollment, program: Program, step: Step, *, unasked: bool) -> None:
    turn.put_enrollment(replace(enrollment, state=EnrollmentState.DONE))
    turn.note("program_done", program=program.id)
    buttons = [Button("Klaar", "closed")]
    if len(turn.practice.programs) > 1:
        buttons.insert(0, Button("Nog een programma", "programs"))
    if program.offer is not None:
        buttons.append(offer_button(turn, f"offer:program:{program.id}"))
    send_text(turn, program, step, tuple(buttons), unasked=unasked)


def finish(turn: Turn, enrollment: Enrollment, program: Program, *, unasked: bool) -> None:
    """A program without a goodbye of its own ends with the common one."""
    step = Step(id="goodbye", kind=StepKind.GOODBYE, text=turn.text("goodbye", program=program.title))
    goodbye(turn, enrollment, program, step, unasked=unasked)


def fade(turn: Turn, enrollment: Enrollment) -> None:
    """Ten steps without a word: one kind message and a pause until the person writes."""
    turn.change(paused_from=turn.today, paused_until=date.max, faded=True, last_step_on=turn.today)
    turn.note("faded", program=enrollment.program)
    turn.unasked(
        turn.text("faded"),
        Button("Ga weer verder", "resume"),
        Button("Nu niet", "closed"),
        kind=Kind.NOTICE,
        topic=topic(enrollment.program),
        expires=_expires(turn),
    )


def when_next(turn: Turn) -> str:
    """`morgen, dinsdag, om 08.00` for the active program's next step; empty when nothing is planned or may come."""
    enrollment = turn.active()
    if enrollment is None or turn.frozen or enrollment.program not in turn.practice.programs:
        return ""
    when = due(turn, enrollment)
    return moment(when, turn.now, turn.zone) if when is not None else ""


def read(turn: Turn, program_id: str, step_id: str) -> None:
    """[Gelezen] and [Gedaan] under a step."""
    turn.note("step_read", program=program_id, step=step_id)
    when = when_next(turn)
    enrollment = turn.enrollment(program_id)
    if not when or enrollment is None:
        turn.say("step_read_last")
        return
    # By turns, so that two weeks of taps do not get the same words each day.
    turn.say(READ_PHRASES[len(enrollment.done) % len(READ_PHRASES)], when=when)


def next_now(turn: Turn) -> None:
    """MENU's "Volgende stap": today's step when it has not been yet; at most one a day."""
    enrollment = turn.active()
    if enrollment is None or enrollment.program not in turn.practice.programs:
        programs(turn)
    elif turn.subscriber.last_step_on == turn.today:
        when = when_next(turn)
        turn.say("step_had_today", when=when) if when else turn.say("step_had_today_paused")
    else:
        turn.cancel(topic(enrollment.program))
        send_next(turn, replace(enrollment, silent=0), unasked=False)


def programs(turn: Turn) -> None:
    """[Nog een programma]: what this practice has, those not finished first."""
    finished = {e.program for e in turn.subscriber.enrollments if e.state is EnrollmentState.DONE}
    ready = [p for p in turn.practice.programs.values() if not p.draft]
    ordered = sorted(ready, key=lambda p: p.id in finished)[:MORE_PROGRAMS]
    if not ordered:
        turn.say("no_programs")
        return
    lines = "\n".join(f"- **{p.title}**: {p.about}" for p in ordered)
    turn.say("programs", *map(program_button, ordered), programs=lines)
