"""The plan: what a subscriber is due, over all follow-ups, questions and the daily program together.

`plan` sends what is due now; `next_at` says when to look again. Both look at the same agenda, so a moment that is
announced is a moment that is planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from bot.core.content.model import Practice
from bot.core.decision import Decision
from bot.core.flows import checkins, followups, steps, takeover
from bot.core.subscriber import Enrollment, FollowUp, OpenQuestion, Subscriber
from bot.core.turn import Turn

VISITS_AT_MOST = 6
"""More than a day may ever bring; a visit that did not move its own item on would otherwise spin."""


@dataclass(frozen=True, slots=True)
class Due:
    """One item of the agenda."""

    at: datetime
    item: Enrollment | FollowUp | OpenQuestion | None
    """None: the end of a takeover."""


def agenda(turn: Turn) -> list[Due]:
    """Everything that is planned for the subscriber, soonest first; empty when nothing may be sent unasked."""
    subscriber = turn.subscriber
    if turn.frozen or not subscriber.reachable:
        return []
    if subscriber.takeover is not None:
        return [Due(takeover.ends_at(subscriber.takeover, subscriber.zone, turn.now), None)]
    items: list[Due] = []
    enrollment = turn.active()
    step_due = steps.due(turn, enrollment) if enrollment is not None else None
    if enrollment is not None and step_due is not None:
        items.append(Due(step_due, enrollment))
    for followup in subscriber.followups:
        items += _at(followups.due(followup, turn, step_due), followup)
    for question in subscriber.questions:
        items += _at(checkins.reminder_due(turn, question), question)
    return sorted(items, key=_moment) if len(items) > 1 else items


_moment = attrgetter("at")


def _at(at: datetime | None, item: FollowUp | OpenQuestion) -> tuple[Due, ...]:
    return () if at is None else (Due(at, item),)


def next_at(subscriber: Subscriber, practice: Practice, now: datetime) -> datetime | None:
    """When the plan wants to look at this subscriber again (UTC); None: not before the person writes."""
    items = agenda(Turn(subscriber, practice, now))
    return items[0].at if items else None


def plan(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    """Sends what is due at `now`, and nothing of what was missed long ago."""
    turn = Turn(subscriber, practice, now)
    for _ in range(VISITS_AT_MOST):
        items = agenda(turn)
        if not items or items[0].at > now:
            return turn.decision(items[0].at if items else None)
        _visit(turn, items[0].item)
    items = [item for item in agenda(turn) if item.at > now]
    return turn.decision(items[0].at if items else now + timedelta(hours=1))


def _visit(turn: Turn, item: Enrollment | FollowUp | OpenQuestion | None) -> None:
    # A question of before is not the newest thing said any more: a "ja" after this message is no answer to it.
    if turn.subscriber.awaiting is not None:
        turn.change(awaiting=None)
    match item:
        case Enrollment():
            steps.send_next(turn, item, unasked=True)
        case FollowUp():
            followups.nudge(turn, item)
        case OpenQuestion():
            checkins.remind(turn, item)
        case None:
            takeover.end(turn)
            takeover.say_back(turn, unasked=True)
