""" "Er is iets gebeurd": everything stands still, with one kind text, until the person says to go on."""

from __future__ import annotations

import re
from datetime import date

from bot.core.commands import Command, command
from bot.core.flows import followups, steps
from bot.core.messages import Button, Kind
from bot.core.turn import Turn

_CLAUSE = re.compile(r"[.!?,;:\n]+")
GO_ON = Button("Ga weer verder", "resume")
GROUND = Button("Oefening, 2 minuten", "ground:0")
HARD = Button("Ik heb het moeilijk", "hard")


def says_so(text: str) -> bool:
    """A clause of it is the brake: "er is iets gebeurd, ik kan nu niet"."""
    return any(command(clause) is Command.BRAKE for clause in _CLAUSE.split(text[:2000]) if clause.strip())


def pull(turn: Turn) -> None:
    """Programs, nudges and reminders stop; what waits in the outbox unasked does not go."""
    followups.close_all(turn)
    turn.drop_reminders()
    for enrollment in turn.subscriber.enrollments:
        turn.cancel(steps.topic(enrollment.program))
    turn.change(
        paused_from=turn.today, paused_until=date.max, faded=False, braked=True, awaiting=None, last_fallback_at=None
    )
    turn.note("braked")


def asked(turn: Turn) -> None:
    """Who is on STOP or in no program hears that nothing comes anyway: there is no place to keep."""
    if turn.subscriber.stopped_at is None:
        pull(turn)
    turn.say("braked" if turn.active() is not None else "braked_nothing", GROUND, HARD)


def listen(turn: Turn) -> None:
    """Words after the brake that nothing else understood: no "dat begrijp ik niet" now; once in ten minutes."""
    turn.note("unmatched")
    if turn.rested():
        turn.say("braked_listen", HARD, GO_ON, kind=Kind.FALLBACK)
