"""What a human of the practice does in a person's conversation, as Decisions. `now` is aware."""

from __future__ import annotations

from datetime import datetime

from bot.core.content.model import Practice
from bot.core.decision import Decision
from bot.core.flows import alarm, stopping, takeover
from bot.core.programs import next_at
from bot.core.subscriber import Subscriber
from bot.core.turn import Turn


def taken_over(subscriber: Subscriber, practice: Practice, now: datetime, staff: str) -> Decision:
    """A human of the practice, named `staff`, says a word in this conversation: automation is silent from now on."""
    turn = Turn(subscriber, practice, now)
    takeover.begin(turn, staff)
    return turn.decision(next_at(turn.subscriber, practice, now))


def given_back(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    """The human gives the conversation back to the bot; nothing that was planned meanwhile is made up for."""
    turn = Turn(subscriber, practice, now)
    takeover.end(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))


def released(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    """A human of the practice ends the alarm's freeze: programs go on at their place, without a word by itself."""
    turn = Turn(subscriber, practice, now)
    alarm.lift(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))


def sixteen_after_all(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    """A human of the practice knows that somebody who said to be younger is 16 or more: the person may ask for
    everything again, and hears nothing by itself. What was ended stays ended, and every consent is asked anew."""
    turn = Turn(subscriber, practice, now)
    stopping.sixteen_after_all(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))
