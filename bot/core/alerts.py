"""What follows from an attempt to tell a practice of an alarm: the delivery contract of a crisis message, in small.

Surely not sent is tried again for a day; ambiguous is sent once more, since a word too many is better than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.decision import AlertRoute
from bot.core.delivery import Accepted, Ambiguous, Handed, MessageState, NotSent, Outcome, Refused

LIFETIME: Final = timedelta(hours=24)
"""After the alarm; later the word would be no news."""
RESENDS: Final = 1
STALE: Final = timedelta(minutes=2)
"""An attempt that has not been recorded by then was cut off, and is unknown."""

_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlert:
    """An alert, claimed and about to be sent."""

    id: int
    practice: str
    route: AlertRoute
    what: str
    tier: str
    third_party: bool
    at: datetime
    attempt: int
    """1 for the first; an outcome counts when it matches the row's."""
    resends: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What to write into the alert's row; `due_at` counts while it is ready."""

    state: MessageState
    due_at: datetime
    resends: int
    reason: str


def ended(alert: OpenAlert, outcome: Outcome, now: datetime) -> Ended:
    match outcome:
        case Accepted() | Handed():
            return Ended(MessageState.ACCEPTED, now, alert.resends, "")
        case Refused(reason):
            return Ended(MessageState.DEAD, now, alert.resends, reason)
        case Ambiguous(reason):
            return after_unknown(alert, now, reason)
        case NotSent(reason, retry_after):
            wait = timedelta(seconds=min(retry_after, 3_600.0)) if retry_after is not None else _wait(alert)
            return _again(alert, now + wait, alert.resends, reason)
        case _:
            # The account is refused, or the chat has moved: somebody has to mend the settings meanwhile.
            return _again(alert, now + _wait(alert), alert.resends, type(outcome).__name__)


def after_unknown(alert: OpenAlert, now: datetime, reason: str) -> Ended:
    if alert.resends >= RESENDS:
        return Ended(MessageState.UNKNOWN, now, alert.resends, reason)
    return _again(alert, now + _FIRST_WAIT, alert.resends + 1, reason)


def _again(alert: OpenAlert, due_at: datetime, resends: int, reason: str) -> Ended:
    if due_at >= alert.at + LIFETIME:
        return Ended(MessageState.EXPIRED, due_at, resends, reason)
    return Ended(MessageState.READY, due_at, resends, reason)


def _wait(alert: OpenAlert) -> timedelta:
    doubled = 1 << min(alert.attempt - 1, 10)
    return min(_LONGEST_WAIT, _FIRST_WAIT * doubled)
