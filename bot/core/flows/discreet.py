"""Discreet mode: whatever comes by itself is a neutral line, and its content comes after OPEN."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.messages import Button, Kind, Lane
from bot.core.text import normalise
from bot.core.turn import Turn

_OFF = re.compile(r"\b(?:uit|niet|stop)\b")


def asked(turn: Turn, text: str) -> None:
    """DISCREET, and DISCREET UIT."""
    if _OFF.search(normalise(text)):
        off(turn)
    else:
        on(turn)


def on(turn: Turn) -> None:
    turn.change(discreet=True)
    turn.note("discreet", on=1)
    turn.say("discreet_on", Button("Weer gewoon", "discreet-off"), kind=Kind.DISCREET)


def off(turn: Turn) -> None:
    """What still waits is given at once: nobody would ask for it any more."""
    turn.change(discreet=False)
    turn.note("discreet", on=0)
    turn.say("discreet_off", kind=Kind.DISCREET)
    if turn.subscriber.sealed and not turn.frozen:
        open_(turn)


def open_(turn: Turn) -> None:
    """OPEN: what waited, as it would have come. A question of the bot counts from now on."""
    waiting = turn.subscriber.sealed
    if not waiting:
        turn.say("nothing_sealed")
        return
    turn.change(sealed=())
    for sealed in waiting:
        turn.send(replace(sealed.message, unasked=False, lane=Lane.REPLY, expires=None))
        if sealed.awaiting is not None:
            turn.change(awaiting=replace(sealed.awaiting, asked_at=turn.now))
