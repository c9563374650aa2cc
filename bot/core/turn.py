"""One turn of the conversation while it is being decided: the state so far and what was said and noted.

The flows write into a Turn; `Turn.decision` freezes it. A Turn lives for one call of `respond` or `plan` and is never
shared, so it is the only mutable thing of the core.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.core.content.model import Practice
from bot.core.decision import (
    EVERYTHING,
    Alert,
    AlertRoute,
    Answer,
    ConsentChange,
    Decision,
    Erasure,
    Event,
    ExportLink,
    Join,
)
from bot.core.messages import Address, Button, Channel, Kind, Lane, Outgoing
from bot.core.safety import texts
from bot.core.schedule import local
from bot.core.subscriber import Awaiting, Consent, Enrollment, EnrollmentState, FollowUp, Sealed, Subscriber, changed

CONSENT_VERSIONS: Mapping[str, str] = {
    "daily": "daily-2026-11",
    "answers": "answers-2026-11",
    "offers": "offers-2026-11",
    "sharing": "sharing-2026-11",
    "plan": "plan-2026-11",
}
"""Version of each consent's text; to be raised when `consent_*` (of the plan: `plan_offer`) in phrases.yaml changes its
meaning."""

REST = timedelta(minutes=10)
SEALED_AT_MOST = 4
OPEN = Button("Open", "open")


def consent_phrase(consent: str) -> str:
    """Name of the phrase that a consent is given to."""
    return "plan_offer" if consent == "plan" else f"consent_{consent}"


def text_version(practice: Practice, consent: str) -> str:
    """Names the very words: a practice may word a consent anew without us raising the version."""
    words = practice.phrases.get(consent_phrase(consent), "")
    return f"{CONSENT_VERSIONS[consent]}/{hashlib.sha256(words.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How the practice can be reached elsewhere; everything a flow needs from outside besides content and time."""

    links: Mapping[Channel, str] = field(default_factory=dict)
    """A link for each other channel of the practice, with `{code}` where the one-time code goes."""
    code: str = ""
    """A fresh random one-time code, for this turn only."""
    export_code: str = ""
    export_link: str = ""
    """Where a person reads what is kept of it, once, with `export_code`; which nothing knows unless it is used."""
    site: str | None = None
    """Before the path of a page of ours: the site's address; empty in the web chat, None where there is none."""
    secret: str = ""
    """A fresh random secret for such a link, for this turn only."""
    alerts: tuple[AlertRoute, ...] = ()
    """How the practice wants to be told of an alarm; empty when it did not opt in."""


_NOWHERE_ELSE = Reach()
_NOBODY = Subscriber(
    id=0, practice="", address=Address(Channel.WEBCHAT, "", ""), created_at=datetime.min.replace(tzinfo=UTC)
)
_NOTHING_DECIDED = Decision(subscriber=_NOBODY)


class Turn:
    def __init__(self, subscriber: Subscriber, practice: Practice, now: datetime, reach: Reach | None = None) -> None:
        self.subscriber = subscriber
        self.practice = practice
        self.now = now
        self.reach = reach or _NOWHERE_ELSE
        self.messages: list[Outgoing] = []
        self.cancelled: set[str] = set()
        self.answers: list[Answer] = []
        self.consents: list[ConsentChange] = []
        self.events: list[Event] = []
        self.join: Join | None = None
        self.export: ExportLink | None = None
        self.erase_answers = False
        self.grown_up = False
        self.erase: Erasure | None = None
        self._today = date.min
        self._today_in = ""
        self.alerts: list[Alert] = []
        self.plan_link = ""
        self._knocked = False

    @property
    def today(self) -> date:
        """The subscriber's local date."""
        zone = self.subscriber.zone
        if self._today_in != zone:
            self._today_in, self._today = zone, local(self.now, zone).date()
        return self._today

    @property
    def zone(self) -> str:
        return self.subscriber.zone

    def change(self, **fields: Any) -> None:
        self.subscriber = changed(self.subscriber, **fields)

    def text(self, phrase: str, **values: str | int) -> str:
        names = {
            "practice": self.practice.name,
            "short": self.practice.short_name,
            "need": texts.in_need(self.zone),
            "talk": texts.to_talk(self.zone),
        }
        return self.practice.phrases[phrase].format(**names, **values).strip()

    def say(
        self, phrase: str, *buttons: Button, kind: Kind = Kind.REPLY, lane: Lane = Lane.REPLY, **values: str | int
    ) -> None:
        """A direct reply: at once, whatever the hour."""
        self.send(Outgoing(text=self.text(phrase, **values), buttons=buttons, kind=kind, lane=lane))

    def send(self, message: Outgoing) -> None:
        """Every unasked message is counted on its local date; `daily_cap` looks at that count. In discreet mode it is
        a neutral line, once, and its content waits for OPEN."""
        if message.unasked and self.subscriber.discreet:
            self._seal(message)
            if self._knocked:
                return
            self._knocked = True
            message = replace(message, text=self.text("discreet_knock"), buttons=(OPEN,), picture=None)
        self.messages.append(message)
        news: dict[str, Any] = {}
        if message.buttons:
            news["offered"] = self._offered(message.buttons)
        if message.unasked:
            subscriber, today = self.subscriber, self.today
            count = subscriber.unasked_count if subscriber.unasked_on == today else 0
            news.update(unasked_on=today, unasked_count=count + 1)
        if news:
            self.change(**news)

    def _offered(self, buttons: tuple[Button, ...]) -> tuple[tuple[str, str], ...]:
        """None of a scale's numbers: the newest question tells what they do (`checkins.numbered`), and eleven of them
        would be most of what is kept of many people."""
        questions, first = self.subscriber.questions, buttons[0]
        if questions and first.label.isdecimal() and first.action == f"answer:{questions[-1].uid}:{first.label}":
            return ()
        return tuple([(button.label, button.action) for button in buttons])

    def unasked(self, text: str, *buttons: Button, kind: Kind, topic: str, expires: datetime, step: str = "") -> None:
        self.send(
            Outgoing(
                text=text,
                buttons=buttons,
                kind=kind,
                lane=Lane.LESSON,
                unasked=True,
                topic=topic,
                expires=expires,
                step=step,
            )
        )

    def _seal(self, message: Outgoing) -> None:
        sealed = self.subscriber.sealed
        if not (message.step and any(message.step == waits.message.step for waits in sealed)):
            self.change(sealed=(*sealed, Sealed(message=message, at=self.now))[-SEALED_AT_MOST:])

    def knocked_again(self, topic: str) -> bool:
        """True when something of that topic still waits for OPEN: that is said once more, and nothing new comes."""
        waits = next((sealed.message for sealed in self.subscriber.sealed if sealed.message.topic == topic), None)
        if waits is not None:
            self.send(replace(waits, expires=None))
        return waits is not None

    def _settle_sealed(self) -> None:
        """What the newest sealed message asks waits with it; what was cancelled does not wait any more."""
        sealed, awaiting = self.subscriber.sealed, self.subscriber.awaiting
        if self._knocked and awaiting is not None and awaiting.asked_at == self.now:
            sealed = (*sealed[:-1], replace(sealed[-1], awaiting=awaiting))
            self.change(awaiting=None)
        gone = [t for t in self.cancelled if t.startswith(("followup:", "question:"))]
        if gone or EVERYTHING in self.cancelled:
            everything = EVERYTHING in self.cancelled
            sealed = tuple(s for s in sealed if s.message.topic not in gone and not (everything and not s.message.step))
        self.change(sealed=sealed)

    def rested(self) -> bool:
        """True when ten minutes went by since the last reply that understood nothing; the next one starts with it."""
        last = self.subscriber.last_fallback_at
        if last is not None and self.now - last < REST:
            return False
        self.change(last_fallback_at=self.now)
        return True

    def note(self, kind: str, **data: str | int) -> None:
        self.events.append(Event(kind=kind, data=data))

    def ask(self, what: str, about: str = "") -> None:
        """Remember that the bot just asked something about itself; the next message may answer it."""
        self.change(awaiting=Awaiting(what=what, about=about, asked_at=self.now))

    def consent(self, name: str, *, given: bool) -> None:
        version = text_version(self.practice, name)
        if name == "answers" and not given and self.has_consent(name):
            self.erase_answers = True
        self.consents.append(ConsentChange(name=name, given=given, version=version))
        consents = {**self.subscriber.consents, name: Consent(given=given, at=self.now, version=version)}
        self.change(consents=consents)

    def has_consent(self, name: str) -> bool:
        consent = self.subscriber.consents.get(name)
        return consent is not None and consent.given

    def cancel(self, topic: str) -> None:
        self.cancelled.add(topic)

    def cancel_everything(self) -> None:
        self.cancelled.add(EVERYTHING)

    def drop_reminders(self, program: str = "") -> None:
        """No open question is recalled any more; with `program` only the ones of that program."""
        questions = self.subscriber.questions
        self.change(
            questions=tuple(
                replace(question, remind_at=None) if program in ("", question.program) else question
                for question in questions
            )
        )

    @property
    def frozen(self) -> bool:
        """True when the plan sends nothing, whatever is planned, until the person or a human changes it."""
        subscriber = self.subscriber
        return subscriber.stopped_at is not None or subscriber.minor or subscriber.alarm is not None

    def pause_end(self, day: date) -> date | None:
        """The date on which the program goes on when `day` lies in a pause; date.max for an open one; else None."""
        subscriber = self.subscriber
        if subscriber.paused_until is None or day >= subscriber.paused_until:
            return None
        if subscriber.paused_from is not None and day < subscriber.paused_from:
            return None
        return subscriber.paused_until

    def active(self) -> Enrollment | None:
        """The daily program that runs, also while it waits."""
        for enrollment in self.subscriber.enrollments:
            if enrollment.state is EnrollmentState.ACTIVE:
                return enrollment
        return None

    def enrollment(self, program: str) -> Enrollment | None:
        return next((e for e in self.subscriber.enrollments if e.program == program), None)

    def put_enrollment(self, enrollment: Enrollment, **fields: Any) -> None:
        """With other fields that change at the same moment."""
        others = [e for e in self.subscriber.enrollments if e.program != enrollment.program]
        self.change(enrollments=(*others, enrollment), **fields)

    def put_followup(self, followup: FollowUp) -> None:
        others = tuple(f for f in self.subscriber.followups if f.keyword != followup.keyword)
        self.change(followups=(*others, followup))

    def decision(self, next_at: datetime | None) -> Decision:
        if self.erase_answers:
            self._forget_answers()
        if self.subscriber.sealed:
            self._settle_sealed()
        return changed(
            _NOTHING_DECIDED,
            subscriber=self.subscriber,
            messages=tuple(self.messages),
            cancel=frozenset(self.cancelled),
            answers=tuple(self.answers),
            consents=tuple(self.consents),
            events=tuple(self.events),
            join=self.join,
            export=self.export,
            erase_answers=self.erase_answers,
            grown_up=self.grown_up,
            alerts=tuple(self.alerts),
            plan_link=self.plan_link,
            erase=self.erase,
            next_at=None if self.erase else next_at,
        )

    def _forget_answers(self) -> None:
        """What was noted because of answers goes with them: numbers, tags, and the step that one asked for."""
        enrollments = tuple(replace(enrollment, jump="") for enrollment in self.subscriber.enrollments)
        self.change(measures=(), tags=frozenset(), enrollments=enrollments)
