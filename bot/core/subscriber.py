"""The aggregate: everything the core has to know about one person at one practice, as one frozen value.

Every change of a person's state makes a new value (`changed`, `dataclasses.replace`), under the lock of its row.
All datetimes are aware (UTC when they come from the store); dates and times of day are local to `zone`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar

from bot.core.messages import Address, Outgoing
from bot.core.safety_plan import SafetyPlan


class EnrollmentState(StrEnum):
    ACTIVE = "active"
    DONE = "done"
    LEFT = "left"
    """Left by the person (switched to another program) or ended by STOP; START offers to go on."""


@dataclass(frozen=True, kw_only=True)
class Enrollment:
    """A subscriber in a program. Its place is the ids of the steps done, so that an edited program keeps everyone's.
    Without slots, for `changed`."""

    program: str
    state: EnrollmentState
    content_version: str
    started_on: date
    done: tuple[str, ...] = ()
    jump: str = ""
    """Id of the step that an answer asked to be next; empty for the order of the program."""
    silent: int = 0
    """Steps sent in a row without a word of the person since: 5 is every other day, 10 a pause."""
    begins_on: date | None = None
    """The first local date on which a step may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The nudges after a keyword. Closed ones stay for 30 days: one sequence per keyword in that time."""

    keyword: str
    series: bool
    requested_at: datetime
    requested_on: date
    """Local date; a request before 05:00 belongs to the day before."""
    nudge: int = 1
    """The next nudge, 1 to 3."""
    due_at: datetime | None = None
    """When that nudge is due; None when nothing is scheduled."""
    asked_at: datetime | None = None
    """When the last nudge was sent."""
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A check-in that was asked. Kept after the answer (a later tap changes nothing) until newer ones push it out."""

    uid: str
    program: str
    step: str
    asked_at: datetime
    content_version: str = ""
    answered: bool = False
    remind_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number that a person gave to a question that recurs, kept to show movement."""

    on: date
    """Local date of the answer."""
    question: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """What the bot just asked about itself (consent, hour, ...). Gone at the next message, whatever it says."""

    what: str
    about: str = ""
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmState:
    """Programs are frozen since `at`. VERDER is offered no sooner than 12 hours after it."""

    tier: str
    third_party: bool
    rule: str
    at: datetime
    last_at: datetime
    """The newest alarm: repeats within 10 minutes get one short line."""
    last_kind: str = ""
    """What the newest was about (`texts.kind_of`): other words in the same ten minutes are no repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """A human of the practice talks; automation is silent until given back or 24 hours without a word of staff."""

    staff: str
    last_word_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What waits behind OPEN in discreet mode: a message as it would have been sent."""

    message: Outgoing
    awaiting: Awaiting | None = None
    """What the message asks about the bot itself; a typed answer counts from the moment that it is opened."""
    at: datetime | None = None
    """Since when it waits; None for what was sealed by a version that did not note it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    given: bool
    at: datetime
    version: str


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One person at one practice. Without slots, for `changed`."""

    id: int
    practice: str
    address: Address
    """The address that the person wrote from last, or the preferred one when the plan runs."""
    created_at: datetime
    zone: str = "Europe/Amsterdam"
    hour: time | None = None
    greeted: bool = False
    first_touch: str = ""
    """Code of the link through which the person came first; never overwritten."""
    stopped_at: datetime | None = None
    gone_at: datetime | None = None
    """Everything was erased then, and the receipt is still to reach the address; gone itself within a minute."""
    minor: bool = False
    reachable: bool = True
    """False after the platform refused the address for good (403); the plan is silent then."""
    consents: Mapping[str, Consent] = field(default_factory=dict)
    """Current consent by name: daily, answers, offers, sharing. Absent: never asked."""
    enrollments: tuple[Enrollment, ...] = ()
    followups: tuple[FollowUp, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    """Newest last, at most eight."""
    measures: tuple[Measure, ...] = ()
    """Newest last, at most sixty; only with consent `answers`, and gone when the answers are erased."""
    awaiting: Awaiting | None = None
    offered: tuple[tuple[str, str], ...] = ()
    """Label and action of each button of the newest keyboard: who types a label has tapped it. Empty for the numbers of
    the newest question's scale."""
    tags: frozenset[str] = frozenset()
    keywords: Mapping[str, datetime] = field(default_factory=dict)
    """When each keyword was last given in full."""
    last_step_on: date | None = None
    last_step_at: datetime | None = None
    last_nudge_at: datetime | None = None
    unasked_on: date | None = None
    unasked_count: int = 0
    """Unasked messages on the local date `unasked_on`."""
    last_inbound_at: datetime | None = None
    last_fallback_at: datetime | None = None
    recent: tuple[tuple[datetime, str], ...] = ()
    """The last messages of ten minutes, for the safety check only; stored encrypted."""
    paused_from: date | None = None
    paused_until: date | None = None
    """The local date on which the program goes on; `date.max` for a pause until the person writes."""
    faded: bool = False
    """The pause came by itself after ten silent steps: the next word of the person ends it."""
    braked: bool = False
    """ "Er is iets gebeurd": an open pause that only the person ends, in so many words."""
    dose: int = 1
    """Days from one step to the next: 1, 2 after RUSTIG, 7 after a second one."""
    alarm: AlarmState | None = None
    takeover: Takeover | None = None
    human_asked_at: datetime | None = None
    """When the person last asked for a human of the practice: the practice is told once in twelve hours."""
    discreet: bool = False
    """Whatever comes by itself is a neutral line, and its content waits for OPEN."""
    sealed: tuple[Sealed, ...] = ()
    """What waits for OPEN, oldest first; stored encrypted."""
    safety_plan: SafetyPlan | None = None
    """Stored encrypted."""


_Value = TypeVar("_Value")


def changed(value: _Value, **news: Any) -> _Value:
    """`dataclasses.replace`, in a twentieth of its time: a plan changes some of the many fields, for everybody who is
    due at eight. Raises TypeError for what is no field."""
    fields = value.__dict__
    values = {**fields, **news}
    if len(values) > len(fields):
        raise TypeError(f"no field of a {type(value).__name__}: {', '.join(sorted(news.keys() - fields.keys()))}")
    return of_fields(type(value), values)


def of_fields(kind: type[_Value], values: dict[str, Any]) -> _Value:
    """The value with these fields, all that there are; the dict becomes its own. Made as a whole, a dict takes half the
    memory of one that grew inside the value, and is copied much sooner."""
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", values)
    return made
