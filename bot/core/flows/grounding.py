"""The grounding exercise of two minutes: a step at a time, in the person's own tempo."""

from __future__ import annotations

from bot.core.commands import Command, command
from bot.core.messages import Button, Kind, Lane, Outgoing
from bot.core.safety import texts
from bot.core.subscriber import Awaiting
from bot.core.text import normalise
from bot.core.turn import Turn

WHAT = "ground"
"""Of Awaiting: typed "verder" is the next step, and not the word that ends an alarm."""
ONWARD = frozenset({"ok", "oke", "ja", "klaar", "gedaan", "volgende", "door", "ga door", "next"})


def begin(turn: Turn) -> None:
    step(turn, "0")


def step(turn: Turn, number: str) -> None:
    """In the crisis lane while an alarm stands, so that nothing is ahead of it."""
    place = min(int(number), len(texts.GROUNDING) - 1) if number.isdecimal() else 0
    in_alarm = turn.subscriber.alarm is not None
    last = place == len(texts.GROUNDING) - 1
    if last:
        turn.note("grounded")
        buttons = [Button("Nog een keer", f"{WHAT}:0"), Button("Ik heb het moeilijk", "hard")]
    else:
        buttons = [Button("Verder", f"{WHAT}:{place + 1}"), Button("Genoeg zo", "ground-enough")]
    turn.send(
        Outgoing(
            text=texts.grounding(place, turn.zone),
            buttons=tuple(buttons),
            kind=Kind.ALARM if in_alarm else Kind.REPLY,
            lane=Lane.CRISIS if in_alarm else Lane.REPLY,
        )
    )
    if not last:
        turn.ask(WHAT, str(place + 1))


def enough(turn: Turn) -> None:
    """[Genoeg zo]: as good as the end."""
    turn.say("ground_enough", Button("Ik heb het moeilijk", "hard"), kind=_kind(turn))


def typed(turn: Turn, asked: Awaiting | None, text: str) -> bool:
    """True for a typed "verder" amid the exercise."""
    if asked is None or asked.what != WHAT:
        return False
    if command(text) is Command.NEXT or normalise(text).rstrip(".! ") in ONWARD:
        step(turn, asked.about)
        return True
    return False


def _kind(turn: Turn) -> Kind:
    return Kind.ALARM if turn.subscriber.alarm is not None else Kind.REPLY
