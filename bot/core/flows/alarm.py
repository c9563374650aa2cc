"""Somebody may be in danger: whom to call, choices, and programs that freeze until a later, explicit word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from bot.core.decision import Alert
from bot.core.flows import followups, grounding, safety_plan, steps
from bot.core.messages import Button, Kind, Lane, Outgoing
from bot.core.safety import Alarm, texts
from bot.core.subscriber import AlarmState
from bot.core.text import words
from bot.core.turn import Turn

REPEAT_WITHIN = timedelta(minutes=10)
RELEASE_AFTER = timedelta(hours=12)
DISPUTES = (
    *("verkeerd begrepen", "bedoel ik niet", "bedoelde ik niet", "zo bedoel ik het niet", "niet zo bedoeld"),
    *("was een grapje", "grapje", "maakte een grap", "niks aan de hand", "niets aan de hand", "misverstand"),
)

CHOICES: Mapping[str, frozenset[str]] = {
    "call": frozenset(
        {
            "bel",
            "bellen",
            "ik wil bellen",
            "wie kan ik bellen",
            "wie moet ik bellen",
            "nummer",
            "nummers",
            "welk nummer",
        }
        | {"112", "113", "1813", "bel 112", "bel 113", "bel 1813", "112 bellen", "113 bellen", "veilig thuis"}
        | {"bel veilig thuis", "wat is het nummer"}
    ),
    "ground": frozenset({"oefening", "de oefening", "oefening doen", "landen", "even landen", "een oefening"}),
}
"""Words for a choice of the alarm, whichever keyboard is the newest: everyday words, so only while it stands."""


def sound(turn: Turn, alarm: Alarm) -> None:
    """The crisis reply and the freeze, in one Decision. Only rule id and tier are noted, never the text."""
    before = turn.subscriber.alarm
    risen = before is None or alarm.tier < before.tier
    again = before is not None and before.last_kind in {"", texts.kind_of(alarm)}
    repeat = before is not None and again and not risen and turn.now - before.last_at < REPEAT_WITHIN
    followups.close_all(turn)
    turn.cancel_everything()
    turn.drop_reminders()
    turn.change(
        awaiting=None,
        last_fallback_at=None,
        recent=(),
        alarm=_state(before, alarm, turn),
    )
    turn.note("alarm", tier=alarm.tier, rule=alarm.rule)
    if risen or (before is not None and turn.now - before.last_at >= RELEASE_AFTER):
        _alert(turn, "alarm", alarm.tier, third_party=alarm.third_party)
    _reply(turn, alarm, repeat=repeat)


def _state(before: AlarmState | None, alarm: Alarm, turn: Turn) -> AlarmState:
    """The tier never sinks, and the rule and whom it is about stay those of the gravest that was said."""
    if before is not None and before.tier < alarm.tier:
        return replace(before, at=turn.now, last_at=turn.now, last_kind=texts.kind_of(alarm))
    own_before = before is not None and not before.third_party
    return AlarmState(
        tier=alarm.tier,
        third_party=alarm.third_party and not own_before,
        rule=alarm.rule,
        at=turn.now,
        last_at=turn.now,
        last_kind=texts.kind_of(alarm),
    )


def _alert(turn: Turn, what: str, tier: str, *, third_party: bool) -> None:
    """A word to the practice that opted in: at once, whatever the hour, and once for a rise of the alarm."""
    turn.alerts += [Alert(route=route, what=what, tier=tier, third_party=third_party) for route in turn.reach.alerts]


def _reply(turn: Turn, alarm: Alarm, *, repeat: bool) -> None:
    takeover = turn.subscriber.takeover
    text, choices = texts.reply(
        alarm,
        zone=turn.zone,
        takeover_name=takeover.staff if takeover is not None else None,
        repeat=repeat,
        now=turn.now,
        practice=turn.practice.name,
        minor=turn.subscriber.minor,
        told=bool(turn.reach.alerts) and turn.subscriber.alarm is not None,
    )
    buttons = tuple(Button(label, action) for action, label in choices)
    turn.send(Outgoing(text=text, buttons=buttons, kind=Kind.ALARM, lane=Lane.CRISIS))


def hard(turn: Turn) -> None:
    """MENU's "Ik heb het moeilijk": the gentle menu, asked for; nothing is frozen by it. While an alarm stands it
    is the answer to that alarm again."""
    state = turn.subscriber.alarm
    stands = state is not None and state.tier != "C"
    _reply(turn, _standing(turn) if stands else Alarm(tier="C", third_party=False, rule=texts.ASKED), repeat=False)


def choice(turn: Turn, what: str) -> None:
    """[Bellen], [Mijn plan], [Aarden], [Een mens]: always answered, also while everything else is frozen."""
    match what:
        case "ground":
            grounding.begin(turn)
        case "call":
            _call(turn)
        case "human":
            _human(turn)
        case _:
            safety_plan.open_(turn)


def _standing(turn: Turn) -> Alarm:
    """What the lines to call are for: the alarm that stands, else the gentle menu's."""
    state = turn.subscriber.alarm
    tier: Literal["A", "B"] = "A" if state is not None and state.tier == "A" else "B"
    if state is None:
        return Alarm(tier=tier, third_party=False, rule="menu.call")
    return Alarm(tier=tier, third_party=state.third_party, rule=state.rule)


def _call(turn: Turn) -> None:
    """Who chose to call has read everything else: the number and what to do, shortly."""
    takeover = turn.subscriber.takeover
    text, choices = texts.call(
        _standing(turn),
        zone=turn.zone,
        takeover_name=takeover.staff if takeover is not None else None,
        now=turn.now,
        practice=turn.practice.name,
        minor=turn.subscriber.minor,
    )
    buttons = tuple(Button(label, action) for action, label in choices)
    turn.send(Outgoing(text=text, buttons=buttons, kind=Kind.ALARM, lane=Lane.CRISIS))


def _human(turn: Turn) -> None:
    """Who asks for a human is heard, and told honestly that nobody knows when somebody reads it."""
    turn.note("human_asked")
    asked_at, state = turn.subscriber.human_asked_at, turn.subscriber.alarm
    if asked_at is None or turn.now - asked_at >= RELEASE_AFTER:
        _alert(turn, "human", state.tier if state is not None else "", third_party=False)
    turn.change(human_asked_at=turn.now)
    phrase = "alarm_human_told" if turn.reach.alerts else "alarm_human"
    turn.say(phrase, kind=Kind.ALARM, lane=Lane.CRISIS)


def answer(turn: Turn, text: str) -> None:
    """Words while the alarm stands that nothing else understood: no "dat begrijp ik niet" to somebody in a bad hour,
    and once in ten minutes. "Nee, verkeerd begrepen" is taken kindly; it does not release anything."""
    if note_dispute(turn, text):
        turn.say("alarm_disputed", *_choices(turn), kind=Kind.ALARM, lane=Lane.CRISIS)
        return
    said = " ".join(words(text))
    for what, phrases in CHOICES.items():
        if said in phrases:
            choice(turn, what)
            return
    turn.note("unmatched")
    if turn.rested():
        turn.say("alarm_listen", *_choices(turn), kind=Kind.ALARM, lane=Lane.CRISIS)


def note_dispute(turn: Turn, text: str) -> bool:
    """True for "nee, verkeerd begrepen": the rule's id is kept, for whoever mends the rules."""
    said = " ".join(words(text))
    if turn.subscriber.alarm is None or not any(phrase in said for phrase in DISPUTES):
        return False
    turn.note("alarm_disputed", rule=turn.subscriber.alarm.rule)
    return True


def may_release(turn: Turn) -> bool:
    """After 12 hours; a tier C is a gentle menu, and the person may go on at once."""
    state = turn.subscriber.alarm
    return state is not None and (state.tier == "C" or turn.now - state.at >= RELEASE_AFTER)


def hold(turn: Turn) -> None:
    """Anything that would be a lesson or an exercise while the alarm stands."""
    phrase = "alarm_hold_release" if may_release(turn) else "alarm_hold"
    turn.say(phrase, *_choices(turn), kind=Kind.ALARM, lane=Lane.CRISIS)


def _choices(turn: Turn) -> tuple[Button, ...]:
    hard_button = Button("Ik heb het moeilijk", "hard")
    return (Button("Verder", "release"), hard_button) if may_release(turn) else (hard_button,)


def release(turn: Turn) -> None:
    """VERDER: the person's explicit, later choice. Programs go on at their place."""
    if not may_release(turn):
        hold(turn)
        return
    lift(turn)
    if turn.subscriber.minor:
        turn.say("minor_line")
        return
    if turn.subscriber.stopped_at is not None:
        turn.say("stopped_asks_daily", Button("Weer beginnen", "start"))
        return
    if turn.active() is not None and turn.subscriber.paused_until == date.max:
        turn.say("alarm_released_paused", Button("Ga weer verder", "resume"))
        return
    when = steps.when_next(turn)
    turn.say("alarm_released", when=when) if when else turn.say("alarm_released_plain")


def lift(turn: Turn) -> None:
    """The end of the freeze, by the person's VERDER or by a human of the practice."""
    turn.change(alarm=None)
    turn.note("alarm_released")
    steps.go_on_from_now(turn)
