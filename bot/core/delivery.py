"""A message on its way out: the row's value, how an attempt can end, and what follows from that.

The contract (RELIABILITY.md): a committed message ends as accepted, expired, cancelled, dead, unknown or held, each
visible; a duplicate can only arise where an attempt ended unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.messages import Address, Button, Kind, Lane, Papers, Picture


class MessageState(StrEnum):
    READY = "ready"
    SENDING = "sending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DEAD = "dead"
    UNKNOWN = "unknown"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An outbox row, claimed and about to be sent."""

    id: int
    practice: str
    subscriber_id: int
    address_id: int
    address: Address
    kind: Kind
    lane: Lane
    text: str
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None
    papers: Papers | None = None
    unasked: bool = False
    attempt: int = 1
    """Number of this attempt, 1 for the first; an outcome counts when it matches the row's."""
    resends: int = 0
    """Resends after an unknown outcome so far."""
    retries: int = 0
    """Tries that surely sent nothing, so far; what the backoff grows with."""
    due_at: datetime
    expires_at: datetime
    created_at: datetime
    seq: int = 0
    """Web chat: the message's number within its chat."""


@dataclass(frozen=True, slots=True)
class Accepted:
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """Web chat: stored and offered to the browser; `accepted` when the browser acknowledges."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not sent: a connect failure or a rate limit. `retry_after` (seconds) is the platform's own word."""

    reason: str
    retry_after: float | None = None
    whole_account: bool = False
    """The wait is for every chat of the account (Telegram's 429), not just for this one."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Bytes left and no clear answer came back: it may or may not have arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Permanent for this message."""

    reason: str
    address_gone: bool = False
    """The person blocked the bot or is gone: the address becomes unreachable."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat has another id now (Telegram's ChatMigrated); nothing was sent."""

    external_id: str


@dataclass(frozen=True, slots=True)
class AccountDown:
    """The account itself is refused (revoked token): nothing was sent, stop the account and alert."""

    reason: str


Outcome = Accepted | Handed | NotSent | Ambiguous | Refused | Moved | AccountDown
