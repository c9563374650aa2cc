"""A human of the practice talks with the person: automation is silent, until it is given back or 24 hours went by
without a word of staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.flows import followups, steps
from bot.core.messages import Kind, Outgoing
from bot.core.schedule import awake
from bot.core.subscriber import Takeover
from bot.core.turn import Turn

LASTS = timedelta(hours=24)
"""After the newest word of staff."""
NOTICE_EXPIRES = timedelta(hours=12)


def stands(turn: Turn) -> bool:
    return turn.subscriber.takeover is not None and not ran_out(turn)


def ran_out(turn: Turn) -> bool:
    takeover = turn.subscriber.takeover
    return takeover is not None and turn.now - takeover.last_word_at >= LASTS


def ends_at(takeover: Takeover, zone: str, now: datetime) -> datetime:
    """When the bot says that it is back: never in the quiet hours, also when something stood in its way until `now`."""
    return awake(max(takeover.last_word_at + LASTS, now), zone)


def begin(turn: Turn, staff: str) -> None:
    """A human talks from now on, or says a next word. What was announced or waits in the outbox is not sent."""
    followups.close_all(turn)
    turn.drop_reminders()
    for enrollment in turn.subscriber.enrollments:
        turn.cancel(steps.topic(enrollment.program))
    turn.change(takeover=Takeover(staff=staff, last_word_at=turn.now), awaiting=None)
    turn.note("takeover")


def end(turn: Turn) -> None:
    """Given back, or run out: nothing that was planned meanwhile is made up for."""
    turn.change(takeover=None)
    followups.close_all(turn)
    steps.go_on_from_now(turn)
    turn.note("takeover_over")


def say_back(turn: Turn, *, unasked: bool) -> None:
    """ "Ik ben er weer, de bot": once, by the plan or before the reply to whoever wrote first."""
    text = turn.text("takeover_over" if steps.when_next(turn) else "takeover_over_plain")
    if unasked:
        turn.unasked(text, kind=Kind.NOTICE, topic="takeover", expires=turn.now + NOTICE_EXPIRES)
    else:
        turn.messages.insert(0, Outgoing(text=text, kind=Kind.NOTICE))
