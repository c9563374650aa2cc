"""What follows from the outcome of one attempt to send: the states of the delivery contract, as a pure function.

The contract in short: surely not sent is tried again until the message expires; ambiguous ends as `unknown` and is
resent at most once (crisis: twice), counted as a possible duplicate; broadcasts and nudges are never resent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.core.delivery import (
    Accepted,
    AccountDown,
    Ambiguous,
    Handed,
    Message,
    MessageState,
    Moved,
    NotSent,
    Outcome,
    Refused,
)
from bot.core.messages import Kind, Lane

SHORTEST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=15)
POISON: Final = "poison"
"""The reason of a message that is dead because handling it failed three times."""

_FIRST_SPREAD: Final = timedelta(seconds=4)
_MOST_DOUBLINGS: Final = 8
_MOVES_AT_ONCE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What to write into a message's row. It counts when the row is `sending` and its attempt is the message's."""

    state: MessageState
    due_at: datetime
    """When a `ready` row may be claimed again; unchanged in every other state."""
    resends: int
    retries: int
    reason: str = ""
    """One word or short phrase of ours or the platform's error name; never a text, name, number or token."""
    provider_id: str = ""
    duplicate_possible: bool = False
    """The attempt may have arrived and the message goes out once more: counted, so that no duplicate is silent."""
    address_gone: bool = False
    """The address becomes unreachable."""
    moved_to: str = ""
    """The address's new external id."""
    account_down: bool = False
    """The account is refused by the platform: nothing more is sent until somebody mends it."""


def after(message: Message, outcome: Outcome, now: datetime, jitter: float) -> Transition:
    """The transition of `message`, claimed and attempted once, whose attempt ended in `outcome` at `now` (aware).

    `jitter` is uniform in 0..1 and spreads retries between 2 seconds and a bound that doubles up to 15 minutes.
    """
    match outcome:
        case Accepted(provider_id):
            return _stays(message, MessageState.ACCEPTED, provider_id=provider_id)
        case Handed():
            return _stays(message, MessageState.SENDING)
        case NotSent(reason, retry_after):
            wait = _backoff(message.retries, jitter) if retry_after is None else _seconds(retry_after)
            return _again(message, now, wait, reason)
        case Ambiguous(reason):
            return _after_unknown(message, now, jitter, reason)
        case Refused(reason, address_gone):
            return _stays(message, MessageState.DEAD, reason=reason, address_gone=address_gone)
        case Moved(external_id):
            return _after_move(message, external_id, now, jitter)
        case AccountDown(reason):
            return _stays(message, MessageState.READY, reason=reason, account_down=True)
        case _:
            assert_never(outcome)


def not_started(message: Message) -> Transition:
    """A message that was claimed and then not sent, because the moment at which it had to start was over."""
    return _stays(message, MessageState.READY, reason="late")


def resends_allowed(kind: Kind, lane: Lane) -> int:
    """How often a message may be sent again after its outcome stayed unknown."""
    if lane is Lane.CRISIS or kind is Kind.ALARM:
        return 2
    if lane is Lane.BROADCAST or kind is Kind.NUDGE:
        return 0
    return 1


def _after_unknown(message: Message, now: datetime, jitter: float, reason: str) -> Transition:
    due = now + _backoff(0, jitter)
    if message.resends >= resends_allowed(message.kind, message.lane) or due >= message.expires_at:
        return _stays(message, MessageState.UNKNOWN, reason=reason)
    return Transition(
        state=MessageState.READY,
        due_at=due,
        resends=message.resends + 1,
        retries=message.retries,
        reason=reason,
        duplicate_possible=True,
    )


def _after_move(message: Message, external_id: str, now: datetime, jitter: float) -> Transition:
    if external_id in {"", message.address.external_id}:
        return _stays(message, MessageState.DEAD, reason="moved to itself")
    # Two chats that name each other would otherwise be asked for ever, as fast as the platform answers.
    wait = timedelta() if message.retries < _MOVES_AT_ONCE else _backoff(message.retries, jitter)
    return _again(message, now, wait, "moved", moved_to=external_id)


def _again(message: Message, now: datetime, wait: timedelta, reason: str, *, moved_to: str = "") -> Transition:
    due = now + wait
    expired = due >= message.expires_at
    return Transition(
        state=MessageState.EXPIRED if expired else MessageState.READY,
        due_at=message.due_at if expired else due,
        resends=message.resends,
        retries=message.retries + 1,
        reason=reason,
        moved_to=moved_to,
    )


def _stays(
    message: Message,
    state: MessageState,
    *,
    reason: str = "",
    provider_id: str = "",
    address_gone: bool = False,
    account_down: bool = False,
) -> Transition:
    return Transition(
        state=state,
        due_at=message.due_at,
        resends=message.resends,
        retries=message.retries,
        reason=reason,
        provider_id=provider_id,
        address_gone=address_gone,
        account_down=account_down,
    )


def _backoff(retries: int, jitter: float) -> timedelta:
    doubled = 1 << min(retries, _MOST_DOUBLINGS)
    longest = min(LONGEST_WAIT, _FIRST_SPREAD * doubled)
    return SHORTEST_WAIT + (longest - SHORTEST_WAIT) * min(max(jitter, 0.0), 1.0)


def _seconds(retry_after: float) -> timedelta:
    """The platform's own wait; what is no sensible number is bounded, a day being past every message's hope."""
    if not retry_after > 0:
        return SHORTEST_WAIT
    return timedelta(seconds=min(retry_after, 86_400.0))
