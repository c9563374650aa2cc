"""What happened after a backup was made, as far as it protects people, done once more in the restored database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Lane
from bot.core.subscriber import AlarmState, Consent, Enrollment, EnrollmentState, Subscriber
from bot.store.erasure import erase_answers
from bot.store.hold import STOPPED, is_held
from bot.store.memory import read_rows, select_subscribers, write_subscribers
from bot.store.tables import AddressRow, ConsentRow, MessageRow, SubscriberRow
from bot.store.tombstones import Happened, Tombstone, Tombstones

RESTORED: Final = "restored"
"""Rule of an alarm that is known only by its tombstone, and cause of consents that ended after the backup."""

_AT_ONCE: Final = 500
_ADDRESSES_AT_ONCE: Final = 10_000
_GRAVEST: Final = "A"
_ENDED_BY_STOP: Final = frozenset({"daily", "offers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """What counts of an address, after its whole log: None where nothing does."""

    stopped: datetime | None = None
    alarmed: datetime | None = None
    minor: datetime | None = None
    withdrew: Mapping[str, datetime] = field(default_factory=dict)
    """By consent."""
    erased: datetime | None = None

    @property
    def counts(self) -> bool:
        return any((self.stopped, self.alarmed, self.minor, self.withdrew, self.erased))

    def and_then(self, tombstone: Tombstone) -> Last:
        match tombstone.happened:
            case Happened.STOP:
                return replace(self, stopped=tombstone.at)
            case Happened.START:
                return replace(self, stopped=None)
            case Happened.ALARM:
                return replace(self, alarmed=tombstone.at)
            case Happened.CALM:
                return replace(self, alarmed=None)
            case Happened.MINOR:
                return replace(self, minor=tombstone.at)
            case Happened.GROWN_UP:
                return replace(self, minor=None)
            case Happened.WITHDREW:
                return replace(self, withdrew={**self.withdrew, tombstone.consent: tombstone.at})
            case Happened.GAVE:
                others = {name: at for name, at in self.withdrew.items() if name != tombstone.consent}
                return replace(self, withdrew=others)
            case Happened.ERASED:
                # Who comes back later is somebody new.
                return Last(erased=tombstone.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many people changed by it."""

    silenced: int = 0
    withdrew: int = 0
    """Of those who are not silent: who took a consent back."""
    erased: int = 0


def newest(log: Iterable[Tombstone]) -> dict[str, Last]:
    """What counts by address, of a log in its own order."""
    found: dict[str, Last] = {}
    for tombstone in log:
        found[tombstone.whom] = found.get(tombstone.whom, Last()).and_then(tombstone)
    return {whom: last for whom, last in found.items() if last.counts}


async def replay(conn: AsyncConnection, names: Tombstones, log: Mapping[str, Last]) -> Replayed:
    """Erases and silences in the restored database whoever `log` (of `newest`) says; `names` knows the addresses'
    names in it. START, a released alarm and an age put right undo only what the log itself says: who is silent in the
    backup stays so.
    """
    if not log:
        return Replayed()
    people = await _found(conn, names, log)
    gone = [person for person, last in people.items() if last.erased]
    for some in _parts(gone):
        await conn.execute(delete(SubscriberRow).where(SubscriberRow.id.in_(some)))
    others = {person: last for person, last in people.items() if not last.erased}
    silent = withdrew = 0
    for some in _parts(list(others)):
        its_silent, its_withdrew = await _change(conn, {person: others[person] for person in some})
        silent, withdrew = silent + its_silent, withdrew + its_withdrew
    return Replayed(silenced=silent, withdrew=withdrew, erased=len(gone))


def silenced(subscriber: Subscriber, last: Last) -> Subscriber:
    """The subscriber as STOP, an alarm or being under 16 leaves one; what was silent before stays as it was."""
    after = subscriber
    if last.stopped and after.stopped_at is None:
        after = replace(_ended(after, last.stopped, _ENDED_BY_STOP), stopped_at=last.stopped)
    if last.minor and not after.minor:
        after = replace(_ended(after, last.minor, frozenset(after.consents)), minor=True, tags=frozenset())
    if last.alarmed and after.alarm is None:
        alarm = AlarmState(tier=_GRAVEST, third_party=False, rule=RESTORED, at=last.alarmed, last_at=last.alarmed)
        after = replace(_quiet(after), alarm=alarm, recent=())
    return after


def without_consents(subscriber: Subscriber, last: Last) -> Subscriber:
    """The subscriber after the consents were taken back, with what they carried; what was not given stays so."""
    after = subscriber
    for name, at in last.withdrew.items():
        consent = after.consents.get(name)
        if consent is None or not consent.given:
            continue
        after = replace(after, consents={**after.consents, name: replace(consent, given=False, at=at)})
        match name:
            case "daily":
                after = replace(after, enrollments=_left(after.enrollments))
            case "answers":
                jumpless = tuple(replace(one, jump="") for one in after.enrollments)
                after = replace(after, measures=(), tags=frozenset(), enrollments=jumpless)
            case "plan":
                after = replace(after, safety_plan=None)
    return after


async def _found(conn: AsyncConnection, names: Tombstones, log: Mapping[str, Last]) -> dict[int, Last]:
    """The subscribers that the log speaks of. Who was erased and came back was made later than that."""
    people: dict[int, Last] = {}
    seen = 0
    while rows := (await conn.execute(_addresses_after(seen))).all():
        seen = rows[-1].id
        for row in rows:
            last = log.get(names.whom(row.practice, row.account, row.external_id))
            if last is None:
                continue
            if last.erased and row.created_at > last.erased:
                last = replace(last, erased=None)
            people[row.subscriber_id] = _both(people.get(row.subscriber_id, Last()), last)
    return {person: last for person, last in people.items() if last.counts}


def _addresses_after(address_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AddressRow.id,
            AddressRow.subscriber_id,
            AddressRow.practice,
            AddressRow.account,
            AddressRow.external_id,
            SubscriberRow.created_at,
        )
        .join(SubscriberRow, SubscriberRow.id == AddressRow.subscriber_id)
        .where(AddressRow.id > address_id)
        .order_by(AddressRow.id)
        .limit(_ADDRESSES_AT_ONCE)
    )


def _both(one: Last, other: Last) -> Last:
    return Last(
        stopped=one.stopped or other.stopped,
        alarmed=one.alarmed or other.alarmed,
        minor=one.minor or other.minor,
        withdrew={**other.withdrew, **one.withdrew},
        erased=one.erased or other.erased,
    )


async def _change(conn: AsyncConnection, people: Mapping[int, Last]) -> tuple[int, int]:
    """How many became silent, and of how many others a consent ended."""
    rows = await conn.execute(
        select_subscribers()
        .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
        .where(SubscriberRow.id.in_(people))
    )
    befores = await read_rows(conn, rows.all())
    agreed = {before.id: without_consents(before, people[before.id]) for before in befores}
    ends = [(before, silenced(agreed[before.id], people[before.id])) for before in befores]
    changed = [(before, after) for before, after in ends if after != before]
    silent = [after for _, after in changed if after != agreed[after.id]]
    others = [after for _, after in changed if after == agreed[after.id]]
    await write_subscribers(conn, [(after, {"next_at": None}) for after in silent])
    await write_subscribers(conn, [(after, {}) for after in others])
    ended = [
        (after, name)
        for before, after in changed
        for name, consent in after.consents.items()
        if before.consents[name] != consent
    ]
    if ended:
        await conn.execute(insert(ConsentRow), [_withdrawn(after, name) for after, name in ended])
    minors = {after.id for _, after in changed if after.minor}
    await erase_answers(conn, sorted(minors | {after.id for after, name in ended if name == "answers"}))
    await _cancel(conn, [after.id for after in silent], _BUT_HELP)
    await _cancel(conn, [after.id for after in others], MessageRow.unasked.is_(True))
    return len(silent), len(others)


def _withdrawn(after: Subscriber, name: str) -> dict[str, Any]:
    consent = after.consents[name]
    return {
        "practice": after.practice,
        "subscriber_id": after.id,
        "name": name,
        "given": False,
        "version": consent.version,
        "at": consent.at,
        "cause": RESTORED,
    }


_BUT_HELP: Final = or_(MessageRow.lane != Lane.CRISIS.value, MessageRow.unasked)
"""As at STOP and alarm: everything that is open but a direct reply about danger."""


async def _cancel(conn: AsyncConnection, people: Sequence[int], which: ColumnElement[bool]) -> None:
    await conn.execute(
        update(MessageRow)
        .where(MessageRow.subscriber_id.in_(people), is_held(), which)
        .values(state=MessageState.CANCELLED.value, reason=STOPPED)
    )


def _left(enrollments: tuple[Enrollment, ...]) -> tuple[Enrollment, ...]:
    return tuple(
        replace(one, state=EnrollmentState.LEFT) if one.state is EnrollmentState.ACTIVE else one for one in enrollments
    )


def _ended(subscriber: Subscriber, at: datetime, consents: frozenset[str]) -> Subscriber:
    """Programs left, and the consents of those names withdrawn."""
    withdrawn = {
        name: Consent(given=False, at=at, version=consent.version) if name in consents and consent.given else consent
        for name, consent in subscriber.consents.items()
    }
    return replace(
        _quiet(subscriber),
        enrollments=_left(subscriber.enrollments),
        consents=withdrawn,
        paused_from=None,
        paused_until=None,
        faded=False,
        braked=False,
        sealed=(),
    )


def _quiet(subscriber: Subscriber) -> Subscriber:
    """Nothing of what was asked or announced comes back."""
    return replace(
        subscriber,
        followups=tuple(replace(followup, closed=True, due_at=None) for followup in subscriber.followups),
        questions=tuple(replace(question, remind_at=None) for question in subscriber.questions),
        awaiting=None,
    )


def _parts(people: Sequence[int]) -> Iterable[Sequence[int]]:
    return (people[start : start + _AT_ONCE] for start in range(0, len(people), _AT_ONCE))
