"""First contact: who speaks, what can be asked for, and the fallback for what nobody understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.content.model import Keyword
from bot.core.dutch import listed
from bot.core.flows import gates
from bot.core.flows.labels import button
from bot.core.keywords import match
from bot.core.messages import Button, Kind
from bot.core.turn import Turn

ABSENCE = timedelta(days=3)
BUTTONS_AT_MOST = 8


def keyword_buttons(turn: Turn) -> tuple[Button, ...]:
    names = list(turn.practice.keywords)[:BUTTONS_AT_MOST]
    return tuple(button(name.capitalize(), f"kw:{name}") for name in names)


def welcome(turn: Turn) -> None:
    """`/start` without a keyword, "hoi": what can be asked for; who speaks follows by itself on a first contact."""
    again = "welcome_again" if turn.subscriber.greeted else "welcome"
    lines = "\n".join(f"- **{k.name}**: {k.about}" for k in turn.practice.keywords.values())
    turn.say(again, *keyword_buttons(turn), kind=Kind.WELCOME, keywords=lines)


def introduce(turn: Turn) -> None:
    """The first reply of all ends with who speaks; a crisis reply says it in its own words."""
    if turn.subscriber.greeted or not turn.messages or turn.messages[0].kind is Kind.ALARM:
        return
    first = turn.messages[0]
    turn.messages[0] = replace(first, text=f"{first.text}\n\n{turn.text('who_speaks')}")
    turn.change(greeted=True)


def fallback(turn: Turn, text: str, silent_since: timedelta | None) -> None:
    """Kind and at most once in ten minutes; the practice gets an event in any case. `silent_since` is how long the
    person had been silent before this message."""
    turn.note("unmatched")
    if not turn.rested():
        return
    if turn.subscriber.stopped_at is not None:
        turn.say("stopped_opened", gates.BEGIN_AGAIN, kind=Kind.FALLBACK)
        return
    if silent_since is not None and silent_since >= ABSENCE:
        welcome_back(turn)
        return
    guess = match(text, turn.practice.names())
    if guess is not None:
        did_you_mean(turn, turn.practice.keyword_named(guess.name))
        return
    names = listed([f"**{name}**" for name in turn.practice.keywords])
    turn.say("fallback", *keyword_buttons(turn), kind=Kind.FALLBACK, keywords=names)


def did_you_mean(turn: Turn, keyword: Keyword) -> None:
    turn.say(
        "did_you_mean",
        Button("Ja", f"kw:{keyword.name}"),
        Button("Iets anders", "menu"),
        kind=Kind.FALLBACK,
        keyword=keyword.name,
    )
    turn.ask("yes", f"kw:{keyword.name}")


def welcome_back(turn: Turn) -> None:
    last = max(turn.subscriber.keywords.items(), key=lambda item: item[1], default=None)
    keyword = turn.practice.keywords.get(last[0]) if last else None
    keyword = keyword or next(iter(turn.practice.keywords.values()), None)
    buttons: list[Button] = []
    if keyword is not None:
        buttons.append(Button("De oefening", f"exercise:{keyword.name}"))
        if keyword.program in turn.practice.programs and turn.active() is None:
            buttons.append(Button("Elke dag een stap", f"daily:{keyword.program}"))
    if turn.active() is not None:
        buttons.append(Button("Volgende stap", "next"))
    turn.say("welcome_back", *buttons, kind=Kind.FALLBACK)
