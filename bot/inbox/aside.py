"""What is said beside the conversation, in built-in words: to a flood, and after an update that broke the handling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.core.decision import EVERYTHING, Alert, AlertRoute, Decision, Event
from bot.core.messages import Inbound, Kind, Lane, Outgoing
from bot.core.subscriber import AlarmState, Subscriber
from bot.inbox.core import Crisis

TOO_MUCH: Final = (
    "Je berichten komen sneller binnen dan ik ze kan beantwoorden. Ik ben even stil en antwoord straks weer. "
    "Is het dringend? Bel 112, of 113 om te praten, dag en nacht."
)
WENT_WRONG: Final = (
    "Er ging bij mij iets mis met je laatste bericht; dat ligt niet aan jou. Wil je het nog eens sturen, "
    "of MENU typen? In nood: bel 112, of 113 om te praten, dag en nacht."
)
PRIVATE_ONLY: Final = "Ik praat met één persoon tegelijk. Stuur me een privébericht, dan help ik je graag verder."
SAY_AGAIN_AFTER: Final = timedelta(minutes=10)
_RECENT_KEPT: Final = 3
_RECENT_LENGTH: Final = 500


def flooded(subscriber: Subscriber, inbound: Inbound, now: datetime, next_at: datetime | None, *words: str) -> Decision:
    """The message is heard, also by the next safety check, and answered by `words` at most."""
    return Decision(
        subscriber=_heard(subscriber, inbound, now),
        messages=tuple(Outgoing(text=text, kind=Kind.NOTICE) for text in words),
        events=(Event(kind="flood"),) if words else (),
        next_at=next_at,
    )


def poisoned(
    subscriber: Subscriber,
    inbound: Inbound,
    now: datetime,
    next_at: datetime | None,
    crisis: Crisis | None,
    alert_routes: Sequence[AlertRoute] = (),
) -> Decision:
    """A kind line instead of the answer that could not be made, once in ten minutes; the crisis reply goes always, and
    the practice that opted in (`alert_routes`) is told when the alarm is new or graver."""
    heard = _heard(subscriber, inbound, now)
    if crisis is not None:
        return Decision(
            subscriber=replace(heard, alarm=_gravest(subscriber, crisis), awaiting=None),
            messages=(Outgoing(text=crisis.text, buttons=crisis.buttons, kind=Kind.ALARM, lane=Lane.CRISIS),),
            cancel=frozenset({EVERYTHING}),
            events=(Event(kind="alarm", data={"tier": crisis.alarm.tier, "rule": crisis.alarm.rule}),),
            alerts=_alerts(subscriber, crisis, alert_routes),
        )
    said = subscriber.last_fallback_at
    if said is not None and now - said < SAY_AGAIN_AFTER:
        return Decision(subscriber=heard, next_at=next_at)
    return Decision(
        subscriber=replace(heard, last_fallback_at=now),
        messages=(Outgoing(text=WENT_WRONG, kind=Kind.FALLBACK),),
        next_at=next_at,
    )


def _gravest(before: Subscriber, crisis: Crisis) -> AlarmState:
    """An alarm that stands gets no lighter by a message that broke the handling."""
    stands, new = before.alarm, crisis.alarm
    if stands is None or new.tier <= stands.tier:
        return new
    return replace(stands, at=new.at, last_at=new.last_at)


def _alerts(before: Subscriber, crisis: Crisis, routes: Sequence[AlertRoute]) -> tuple[Alert, ...]:
    alarm = crisis.alarm
    if before.alarm is not None and before.alarm.tier <= alarm.tier:
        return ()
    return tuple(Alert(route=route, what="alarm", tier=alarm.tier, third_party=alarm.third_party) for route in routes)


def _heard(subscriber: Subscriber, inbound: Inbound, now: datetime) -> Subscriber:
    recent = subscriber.recent
    if inbound.text:
        recent = (*recent, (now, inbound.text[:_RECENT_LENGTH]))[-_RECENT_KEPT:]
    return replace(subscriber, address=inbound.address, reachable=True, last_inbound_at=now, recent=recent)
