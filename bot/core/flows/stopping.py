"""STOP, START and the under-16 goodbye: what ends everything, and the one word that begins again."""

from __future__ import annotations

from dataclasses import replace

from bot.core.age import says_grown_up
from bot.core.flows import followups, gates, safety_plan, steps, welcome
from bot.core.flows.gates import BEGIN_AGAIN
from bot.core.messages import Button, Kind
from bot.core.subscriber import EnrollmentState
from bot.core.turn import Turn


def stop(turn: Turn) -> None:
    """One confirmation; everything open is cancelled. A second STOP is answered, nothing more."""
    if turn.subscriber.stopped_at is not None:
        turn.say("already_stopped", BEGIN_AGAIN, kind=Kind.STOPPED)
        return
    in_alarm = turn.subscriber.alarm is not None
    _end_everything(turn)
    for name in ("daily", "offers"):
        if turn.has_consent(name):
            turn.consent(name, given=False)
    turn.change(stopped_at=turn.now)
    turn.note("stopped")
    if in_alarm:
        # START would not begin anything yet; the lines to call have to stay one tap away.
        turn.say("stopped_in_alarm", gates.HARD, kind=Kind.STOPPED)
    else:
        turn.say("stopped", BEGIN_AGAIN, kind=Kind.STOPPED)


def _end_everything(turn: Turn) -> None:
    turn.cancel_everything()
    followups.close_all(turn)
    for enrollment in turn.subscriber.enrollments:
        if enrollment.state is EnrollmentState.ACTIVE:
            turn.put_enrollment(replace(enrollment, state=EnrollmentState.LEFT))
    turn.drop_reminders()
    turn.change(awaiting=None, paused_from=None, paused_until=None, faded=False, braked=False, dose=1, sealed=())


def start(turn: Turn) -> None:
    """START: the only way back from STOP; renews consent 1 only, and only where it was given before. While an alarm
    stands or under 16 it opens the door and brings nothing."""
    stopped_at = turn.subscriber.stopped_at
    if stopped_at is not None:
        turn.change(stopped_at=None)
        turn.note("started")
    if gates.waits(turn):
        return
    if stopped_at is None:
        resume(turn)
        return
    left, consent = _left(turn), turn.subscriber.consents.get("daily")
    # STOP took the consent back itself; a "nee" of before it is not overruled.
    if left is None or consent is None or consent.at < stopped_at:
        turn.say("started", *welcome.keyword_buttons(turn))
        return
    turn.consent("daily", given=True)
    program = turn.practice.programs[left]
    enrollment = turn.enrollment(left)
    assert enrollment is not None
    number = steps.number_of(program, enrollment)
    if not enrollment.done:
        turn.say("started_program", Button("Begin bij stap 1", f"continue:{left}"), program=program.title)
        return
    turn.say(
        "started_program",
        Button(f"Verder bij stap {number}", f"continue:{left}"),
        Button("Opnieuw", f"restart:{left}"),
        program=program.title,
    )


def _left(turn: Turn) -> str | None:
    """The program that STOP or a switch ended last and that still exists."""
    left = [e.program for e in turn.subscriber.enrollments if e.state is EnrollmentState.LEFT]
    return next((program for program in reversed(left) if program in turn.practice.programs), None)


def go_on(turn: Turn, program_id: str, *, anew: bool) -> None:
    """[Verder bij stap 6] and [Opnieuw]."""
    from bot.core.flows import enrolling

    enrollment = turn.enrollment(program_id)
    if enrollment is not None and anew and enrollment.state is EnrollmentState.LEFT:
        turn.put_enrollment(replace(enrollment, done=(), jump="", silent=0))
    enrolling.daily(turn, program_id)


def resume(turn: Turn) -> None:
    """START, VERDER or [Ga verder] without STOP: the end of a pause, or simply what there is."""
    if turn.subscriber.stopped_at is not None:
        gates.stopped_line(turn)
        return
    enrollment = turn.active()
    paused = turn.subscriber.paused_until is not None
    turn.change(paused_from=None, paused_until=None, faded=False, braked=False)
    if enrollment is not None:
        if paused:
            steps.go_on_from_now(turn)
        when = steps.when_next(turn)
        if when:
            turn.say("resumed", Button("Volgende stap", "next"), when=when)
        else:
            turn.say("resumed_plain", Button("Volgende stap", "next"))
        return
    left = _left(turn)
    if left is not None and turn.has_consent("daily"):
        program = turn.practice.programs[left]
        turn.say(
            "resume_left",
            Button("Ga verder", f"continue:{left}"),
            Button("Opnieuw", f"restart:{left}"),
            program=program.title,
        )
        return
    welcome.welcome(turn)


def greet(turn: Turn) -> None:
    """ "hoi": a welcome; a stopped person is also told how to begin again."""
    if turn.subscriber.stopped_at is not None:
        turn.say("stopped_opened", BEGIN_AGAIN, kind=Kind.STOPPED)
    else:
        welcome.welcome(turn)


def under_sixteen(turn: Turn) -> None:
    """Series stop, answers are erased, no lead; the safety check stays on. A safety plan is said once more."""
    _end_everything(turn)
    turn.change(minor=True, tags=frozenset())
    turn.erase_answers = True
    for name, consent in turn.subscriber.consents.items():
        if consent.given:
            turn.consent(name, given=False)
    turn.note("under_sixteen")
    turn.say("under_sixteen")
    safety_plan.farewell(turn)


def took_back(turn: Turn, text: str) -> bool:
    """True for "sorry, ik ben 24" after "ik ben 14": taken kindly and noted, and nothing changes. A human may know
    better."""
    subscriber = turn.subscriber
    if not subscriber.minor or subscriber.alarm is not None or subscriber.takeover is not None:
        return False
    if not says_grown_up(text):
        return False
    turn.note("minor_disputed")
    turn.say("minor_disputed", Button("Een mens spreken", "alarm:human"))
    return True


def sixteen_after_all(turn: Turn) -> None:
    """A human of the practice says so."""
    turn.change(minor=False)
    turn.note("sixteen_after_all")
    turn.grown_up = True
