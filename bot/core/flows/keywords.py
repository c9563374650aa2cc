"""A keyword asked for: the explanation, the first exercise, and the one follow-up that the exercise announces."""

from __future__ import annotations

from datetime import timedelta

from bot.core.content.model import Keyword
from bot.core.dutch import nudge_day
from bot.core.flows import followups
from bot.core.flows.gates import BEGIN_AGAIN
from bot.core.messages import Button, Kind, Outgoing
from bot.core.schedule import local
from bot.core.turn import Turn

SAME_DAY = timedelta(hours=24)
LATE_FROM = 22


def give(turn: Turn, keyword: Keyword, asked_as: str = "") -> None:
    """`asked_as` is the word that the person used; another practice's word gets "dat gaat hier ook over"."""
    given = turn.subscriber.keywords.get(keyword.name)
    if given is not None and turn.now - given < SAME_DAY:
        turn.say("keyword_above", Button("Stuur opnieuw", f"again:{keyword.name}"), keyword=keyword.name)
        turn.ask("yes", f"again:{keyword.name}")
        return
    give_in_full(turn, keyword, asked_as)


def give_in_full(turn: Turn, keyword: Keyword, asked_as: str = "") -> None:
    text = keyword.explanation
    if asked_as in turn.practice.elsewhere and asked_as != keyword.name:
        text = f"{turn.text('also_about', word=asked_as.lower())}\n\n{text}"
    turn.send(Outgoing(text=text, kind=Kind.EXPLANATION))
    turn.note("keyword", keyword=keyword.name)
    give_exercise(turn, keyword)
    turn.change(keywords={**turn.subscriber.keywords, keyword.name: turn.now})


def give_exercise(turn: Turn, keyword: Keyword) -> None:
    """The exercise with what follows it, said in its own words."""
    parts = [keyword.exercise.text]
    if local(turn.now, turn.zone).hour >= LATE_FROM or local(turn.now, turn.zone).hour < 5:
        parts.append(turn.text("late_exercise"))
    if turn.subscriber.stopped_at is not None:
        parts.append(turn.text("stopped_line"))
        turn.send(Outgoing(text="\n\n".join(parts), kind=Kind.EXERCISE, buttons=(BEGIN_AGAIN,)))
        return
    buttons = [Button("Gedaan", f"done:{keyword.name}")]
    active = turn.active()
    if keyword.program in turn.practice.programs and (active is None or active.program != keyword.program):
        buttons.append(Button("Elke dag een stap", f"daily:{keyword.program}"))
    followup = followups.open_for(turn, keyword)
    if followup is not None and followup.due_at is not None:
        announced = "followup_series" if keyword.series else "followup_ask"
        parts.append(turn.text(announced, when=nudge_day(followup.due_at, turn.now, turn.zone)))
        buttons.append(Button("Liever geen vervolg", f"enough:{keyword.name}"))
    turn.send(Outgoing(text="\n\n".join(parts), kind=Kind.EXERCISE, buttons=tuple(buttons)))


def exercise_again(turn: Turn, keyword: Keyword) -> None:
    """[De oefening]: only the exercise, nothing scheduled."""
    text, buttons = keyword.exercise.text, (Button("Gedaan", f"done:{keyword.name}"),)
    if turn.subscriber.stopped_at is not None:
        text, buttons = f"{text}\n\n{turn.text('stopped_line')}", (BEGIN_AGAIN,)
    turn.send(Outgoing(text=text, kind=Kind.EXERCISE, buttons=buttons))
