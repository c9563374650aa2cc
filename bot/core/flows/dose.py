"""RUSTIG and TE VEEL: half the dose, then once a week; NORMAAL brings it back."""

from __future__ import annotations

from bot.core.flows import followups, steps
from bot.core.messages import Button, Kind, Lane
from bot.core.turn import Turn

HALF, WEEKLY = 2, 7
"""Days from one step to the next."""
GROUND = Button("Oefening, 2 minuten", "ground:0")
HARD = Button("Ik heb het moeilijk", "hard")
NORMAL = Button("Weer elke dag", "normal")


def calm(turn: Turn) -> None:
    """Stop, look around; then less of everything. While an alarm stands only the first, and whom to call."""
    if turn.subscriber.alarm is not None:
        turn.say("too_much_alarm", GROUND, HARD, kind=Kind.ALARM, lane=Lane.CRISIS)
        return
    announced = any(followup.due_at is not None for followup in turn.subscriber.followups)
    followups.close_all(turn)
    turn.drop_reminders()
    if turn.active() is None or turn.frozen:
        turn.say("too_much_quiet" if announced else "too_much", GROUND, HARD)
        return
    before = turn.subscriber.dose
    slower = before == 1
    turn.change(dose=HALF if slower else WEEKLY)
    turn.note("dose", days=turn.subscriber.dose)
    buttons = [Button("Nog rustiger", "calm")] if slower else []
    phrase = "too_much_half" if slower else "too_much_least" if before == WEEKLY else "too_much_weekly"
    turn.say(phrase, GROUND, *buttons, NORMAL, Button("Even pauze", "pause"), HARD)


def normal(turn: Turn) -> None:
    """NORMAAL: every day again, at the own hour."""
    turn.change(dose=1)
    turn.note("dose", days=1)
    steps.go_on_from_now(turn)
    when = steps.when_next(turn)
    turn.say("dose_normal", when=when) if when else turn.say("dose_normal_plain")
