"""From a tapped button's action to its flow. Actions are our own, read from our own row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from bot.core.flows import (
    alarm,
    brake,
    checkins,
    data,
    discreet,
    dose,
    enrolling,
    followups,
    gates,
    grounding,
    keywords,
    menu,
    safety_plan,
    steps,
    stopping,
    timing,
    welcome,
)
from bot.core.text import words
from bot.core.turn import Turn

PLAIN = (
    *("menu", "start", "time", "pause", "place", "zone:", "data", "hard", "release", "resume", "why"),
    *("export", "consents", "give:", "given:", "withdraw:", "erase", "keep"),
    *("plan:", "ground", "calm", "normal", "brake", "discreet"),
)
"""Plain commands as buttons: they work during a takeover too."""


def named(turn: Turn, text: str) -> str | None:
    """The action of the newest keyboard's button whose label the person typed."""
    said = words(text)
    if not said:
        return None
    if not turn.subscriber.offered:
        return checkins.numbered(turn, " ".join(said))
    return next((action for label, action in turn.subscriber.offered if words(label) == said), None)


def tap(turn: Turn, action: str) -> None:
    """Carries the action out, unless something stands in its way. Unknown ones (of an older version's button) get a
    kind line and the menu."""
    if gates.action_waits(turn, action):
        return
    name, _, rest = action.partition(":")
    if rest:
        with_argument = _WITH_ARGUMENT.get(name)
        if with_argument is not None:
            with_argument(turn, rest)
            return
    elif (plain := _PLAIN.get(name)) is not None:
        plain(turn)
        return
    turn.say("button_gone", menu.MENU)


def _keyword(turn: Turn, name: str) -> None:
    if name in turn.practice.keywords:
        keywords.give(turn, turn.practice.keywords[name])
    else:
        welcome.welcome(turn)


def _keyword_again(turn: Turn, name: str) -> None:
    if name in turn.practice.keywords:
        keywords.give_in_full(turn, turn.practice.keywords[name])
    else:
        welcome.welcome(turn)


def _exercise(turn: Turn, name: str) -> None:
    if name in turn.practice.keywords:
        keywords.exercise_again(turn, turn.practice.keywords[name])
    else:
        welcome.welcome(turn)


def _consent_daily(turn: Turn, rest: str) -> None:
    said, _, program = rest.partition(":")
    enrolling.consent_daily(turn, program, given=said == "yes")


def _consent_answers(turn: Turn, rest: str) -> None:
    said, _, about = rest.partition(":")
    steps.consent_answers(turn, about, given=said == "yes")


def _hour(turn: Turn, rest: str) -> None:
    hour, _, program = rest.partition(":")
    enrolling.choose_hour(turn, program, time.fromisoformat(hour.replace(".", ":")))


def _where(turn: Turn, rest: str) -> None:
    channel, _, program = rest.partition(":")
    enrolling.where(turn, channel, program)


def _answer(turn: Turn, rest: str) -> None:
    uid, _, value = rest.rpartition(":")
    checkins.answer(turn, uid, value)


def _read(turn: Turn, rest: str) -> None:
    program, _, step = rest.partition(":")
    steps.read(turn, program, step)


def _offer(turn: Turn, rest: str) -> None:
    kind, _, name = rest.partition(":")
    menu.offer(turn, kind, name)


def _pause(turn: Turn, rest: str) -> None:
    if rest == "open":
        timing.pause_span(turn, turn.today, date.max)
    else:
        timing.pause_days(turn, int(rest))


def _time(turn: Turn, rest: str) -> None:
    timing.set_time(turn, time.fromisoformat(rest.replace(".", ":")), None)


def _finish_first(turn: Turn) -> None:
    when = steps.when_next(turn)
    turn.say("finishing_first", when=when) if when else turn.say("closed")


def _release(turn: Turn) -> None:
    if turn.subscriber.alarm is not None:
        alarm.release(turn)
    else:
        stopping.resume(turn)


_WITH_ARGUMENT: dict[str, Callable[[Turn, str], None]] = {
    "kw": _keyword,
    "again": _keyword_again,
    "exercise": _exercise,
    "done": followups.done,
    "later": followups.later,
    "enough": followups.enough,
    "daily": enrolling.daily,
    "consent1": _consent_daily,
    "consent2": _consent_answers,
    "hour": _hour,
    "where": _where,
    "now": enrolling.first_now,
    "switch": enrolling.switch,
    "answer": _answer,
    "read": _read,
    "offer": _offer,
    "pause": _pause,
    "time": _time,
    "zone": lambda turn, zone: timing.set_time(turn, None, zone),
    "continue": lambda turn, program: stopping.go_on(turn, program, anew=False),
    "restart": lambda turn, program: stopping.go_on(turn, program, anew=True),
    "alarm": alarm.choice,
    "give": data.give,
    "given": data.given,
    "withdraw": data.withdraw,
    "erase": data.erase_asked,
    "plan": safety_plan.act,
    "ground": grounding.step,
}
_PLAIN: dict[str, Callable[[Turn], None]] = {
    "menu": menu.menu,
    "next": menu.next_step,
    "calm": dose.calm,
    "normal": dose.normal,
    "brake": brake.asked,
    "discreet": discreet.on,
    "discreet-off": discreet.off,
    "open": discreet.open_,
    "ground-enough": grounding.enough,
    "time": lambda turn: timing.time_menu(turn, ""),
    "pause": lambda turn: timing.pause(turn, ""),
    "place": timing.ask_place,
    "pause-or-stop": menu.pause_or_stop,
    "start": stopping.start,
    "resume": stopping.resume,
    "release": _release,
    "data": data.my_data,
    "export": data.export,
    "consents": data.consents,
    "erase": data.ask_erase,
    "keep": data.keep,
    "why": menu.why,
    "hard": alarm.hard,
    "programs": steps.programs,
    "finish-first": _finish_first,
    "closed": menu.closed,
}
