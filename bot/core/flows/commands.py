"""From a plain command to its flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core.commands import Command, command
from bot.core.flows import (
    alarm,
    brake,
    data,
    discreet,
    dose,
    gates,
    grounding,
    menu,
    safety_plan,
    stopping,
    takeover,
    timing,
    week,
)
from bot.core.turn import Turn


def understood(turn: Turn, text: str) -> Command | None:
    """The command that the message is. OPEN and NORMAAL are everyday words, and commands only where they would do
    something."""
    said = command(text)
    if said is None:
        return Command.TIME if timing.is_for_place(text) else Command.BRAKE if brake.says_so(text) else None
    if said is Command.OPEN and not (turn.subscriber.discreet or turn.subscriber.sealed):
        return None
    return None if said is Command.NORMAL and turn.subscriber.dose == 1 else said


def carry_out(turn: Turn, said: Command, text: str) -> bool:
    """True when the command was carried out. Danger first: KRACHT and "ik heb het moeilijk" before all others."""
    if takeover.stands(turn) and said in gates.TO_HUMAN:
        return False
    if gates.command_waits(turn, said, text):
        return True
    match said:
        case Command.SAFETY_PLAN:
            safety_plan.open_(turn)
        case Command.STRUGGLING:
            alarm.hard(turn)
        case Command.HUMAN:
            alarm.choice(turn, "human")
        case Command.DISCREET:
            discreet.asked(turn, text)
        case Command.NEXT:
            _next(turn)
        case Command.PAUSE:
            timing.pause(turn, text)
        case Command.TIME:
            timing.time_menu(turn, text)
        case Command.WEEK:
            week.asked(turn)
        case Command.NO_ANSWERS | Command.NO_OFFERS | Command.NO_SHARING:
            data.take_back(turn, said)
        case _:
            _PLAIN[said](turn)
    return True


_PLAIN: Mapping[Command, Callable[[Turn], None]] = {
    Command.START: stopping.start,
    Command.HELP: menu.help_,
    Command.MENU: menu.menu,
    Command.WHY: menu.why,
    Command.GREETING: stopping.greet,
    Command.PRIVACY: data.privacy,
    Command.MY_DATA: data.my_data_at_once,
    Command.CONSENTS: data.consents,
    Command.ERASE: data.ask_erase,
    Command.CALM: dose.calm,
    Command.BRAKE: brake.asked,
    Command.NORMAL: dose.normal,
    Command.GROUND: grounding.begin,
    Command.OPEN: discreet.open_,
    Command.RESEND: menu.resend,
}


def _next(turn: Turn) -> None:
    """VERDER: out of a pause, or today's step."""
    if turn.subscriber.paused_until is not None or turn.active() is None:
        stopping.resume(turn)
    else:
        menu.next_step(turn)
