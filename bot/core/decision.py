"""What the core wants to happen. The store records a Decision in one transaction, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.messages import Channel, Outgoing
from bot.core.subscriber import Subscriber

EVERYTHING = "*"
"""The topic that stands for every open message of the subscriber."""

JOIN_PREFIX = "join-"
"""How a one-time code begins, so that one that no longer works is told from a campaign's link."""

EXPORT_PREFIX = "export-"
"""How the code of a one-time link to somebody's data begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the person answered; only made when consent `answers` is given."""

    question: str
    uid: str
    program: str
    step: str
    content_version: str
    number: int | None = None
    choice: str = ""
    text: str = ""
    """Free text; stored encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChange:
    """A line of a consent's history: who said what to which text."""

    name: str
    given: bool
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something the practice or a funnel wants to count. Never holds a text of the person."""

    kind: str
    data: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A one-time code that joins another address to this subscriber; for how long it holds is the store's."""

    code: str
    channel: Channel


class AlertRoute(StrEnum):
    """How a practice that opted in is told."""

    TELEGRAM = "telegram"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """For the practice: somebody may be in danger, or asks for a human. Never a text, name or number of the person."""

    route: AlertRoute
    what: str
    """`alarm`, or `human` for who asked to speak somebody of the practice."""
    tier: str = ""
    third_party: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLink:
    """A one-time code that shows the person what is kept of it, for fifteen minutes of real time."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Everything of the person goes in this transaction, but for the address that the receipt is sent to."""

    proof_years: int
    """How long the proof of the consents stays, without a name."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Without slots, for `changed`."""

    subscriber: Subscriber
    """The state afterwards."""
    messages: tuple[Outgoing, ...] = ()
    cancel: frozenset[str] = frozenset()
    """Topics whose messages that have not started are cancelled; EVERYTHING for all."""
    answers: tuple[Answer, ...] = ()
    consents: tuple[ConsentChange, ...] = ()
    events: tuple[Event, ...] = ()
    join: Join | None = None
    export: ExportLink | None = None
    erase_answers: bool = False
    grown_up: bool = False
    """A human of the practice knows that the person is 16 or more: having said otherwise counts no longer."""
    erase: Erasure | None = None
    alerts: tuple[Alert, ...] = ()
    plan_link: str = ""
    """A fresh secret that opens the page of the person's safety plan for a while; earlier ones open nothing any
    more. Empty: no new link."""
    next_at: datetime | None = None
    """When the plan wants to look at this subscriber again; None: not before the person writes."""
