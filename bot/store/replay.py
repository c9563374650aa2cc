"""What happened after a backup was made, as far as it protects people, done once more in the restored database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Lane
from bot.core.subscriber import AlarmState, Consent, EnrollmentState, Subscriber
from bot.store.erasure import erase_answers
from bot.store.hold import STOPPED, is_held
from bot.store.memory import read_rows, select_subscribers, write_subscribers
from bot.store.tables import AddressRow, ConsentRow, MessageRow, SubscriberRow
from bot.store.tombstones import Happened, Tombstone, Tombstones

RESTORED: Final = "restored"
"""Rule of an alarm that is known only by its tombstone, and cause of consents that ended with a STOP."""

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
    erased: datetime | None = None

    @property
    def silences(self) -> bool:
        return any((self.stopped, self.alarmed, self.minor))

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
            case Happened.ERASED:
                # Who comes back later is somebody new.
                return Last(erased=tombstone.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many people changed by it."""

    silenced: int = 0
    erased: int = 0


def newest(log: Iterable[Tombstone]) -> dict[str, Last]:
    """What counts by address, of a log in its own order."""
    found: dict[str, Last] = {}
    for tombstone in log:
        found[tombstone.whom] = found.get(tombstone.whom, Last()).and_then(tombstone)
    return {whom: last for whom, last in found.items() if last.silences or last.erased}


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
    silent = {person: last for person, last in people.items() if not last.erased}
    changed = 0
    for some in _parts(list(silent)):
        changed += await _silence(conn, {person: silent[person] for person in some})
    return Replayed(silenced=changed, erased=len(gone))


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
    return {person: last for person, last in people.items() if last.silences or last.erased}


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
        erased=one.erased or other.erased,
    )


async def _silence(conn: AsyncConnection, people: Mapping[int, Last]) -> int:
    rows = await conn.execute(
        select_subscribers()
        .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
        .where(SubscriberRow.id.in_(people))
    )
    befores = await read_rows(conn, rows.all())
    changes = [(before, silenced(before, people[before.id])) for before in befores]
    changed = [(before, after) for before, after in changes if after != before]
    await write_subscribers(conn, [(after, {"next_at": None}) for _, after in changed])
    consents = [
        {
            "practice": after.practice,
            "subscriber_id": after.id,
            "name": name,
            "given": False,
            "version": consent.version,
            "at": consent.at,
            "cause": RESTORED,
        }
        for before, after in changed
        for name, consent in after.consents.items()
        if before.consents[name] != consent
    ]
    if consents:
        await conn.execute(insert(ConsentRow), consents)
    minors = [after.id for _, after in changed if after.minor]
    await erase_answers(conn, minors)
    await _cancel(conn, [after.id for _, after in changed])
    return len(changed)


async def _cancel(conn: AsyncConnection, people: Sequence[int]) -> None:
    """As at STOP and alarm: everything that is open but a direct reply about danger."""
    help_now = or_(MessageRow.lane != Lane.CRISIS.value, MessageRow.unasked)
    await conn.execute(
        update(MessageRow)
        .where(MessageRow.subscriber_id.in_(people), is_held(), help_now)
        .values(state=MessageState.CANCELLED.value, reason=STOPPED)
    )


def _ended(subscriber: Subscriber, at: datetime, consents: frozenset[str]) -> Subscriber:
    """Programs left, and the consents of those names withdrawn."""
    withdrawn = {
        name: Consent(given=False, at=at, version=consent.version) if name in consents and consent.given else consent
        for name, consent in subscriber.consents.items()
    }
    left = tuple(
        replace(enrollment, state=EnrollmentState.LEFT) if enrollment.state is EnrollmentState.ACTIVE else enrollment
        for enrollment in subscriber.enrollments
    )
    return replace(
        _quiet(subscriber),
        enrollments=left,
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
