"""A Decision becomes rows: the state afterwards, what is cancelled, what is to be sent, and the history. All of it
within the caller's transaction, and once per cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Insert, Select, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision
from bot.core.messages import Address, Channel
from bot.store import erasure, export_links
from bot.store.base import Base
from bot.store.cancelling import Cancelled, cancel
from bot.store.crypt import keys_of
from bot.store.dialect import is_among, on_sqlite
from bot.store.entries import Entry
from bot.store.errors import Missing, WrongPractice
from bot.store.joining import make_join_codes
from bot.store.memory import write_subscribers
from bot.store.plan_links import make_plan_links
from bot.store.tables import (
    AddressRow,
    AlertRow,
    AnswerRow,
    ConsentRow,
    EnrollmentRow,
    EventRow,
    MessageRow,
    SubscriberRow,
)
from bot.store.tombstones import Happened, tombstones_of

_AT_ONCE: Final = 1_000


async def record(
    conn: AsyncConnection, practice: str, decision: Decision, cause: str, now: datetime, content_version: str
) -> list[int]:
    """Writes what the core decided, because of `cause`, and returns the ids of its messages in their order.

    The subscriber was loaded, and so locked, in this transaction. A cause that was recorded before changes nothing;
    the ids are then those of the first time. Raises WrongPractice, or Missing when the subscriber or the address is
    not there.
    """
    if decision.subscriber.practice != practice:
        raise WrongPractice("the subscriber of the decision is another practice's")
    await _record(conn, [Entry(decision, cause, content_version)], now)
    ids = await conn.scalars(_OF_CAUSE, {"its_practice": practice, "its_cause": cause})
    return list(ids.all())


_OF_CAUSE: Final = (
    select(MessageRow.id)
    .where(MessageRow.practice == bindparam("its_practice"), MessageRow.cause == bindparam("its_cause"))
    .order_by(MessageRow.n)
)


async def record_many(
    conn: AsyncConnection, decisions: Sequence[tuple[Decision, str]], now: datetime, content_version: str = ""
) -> None:
    """The same for many Decisions with their causes, each of another subscriber, of any practice, in bulk."""
    for start in range(0, len(decisions), _AT_ONCE):
        part = decisions[start : start + _AT_ONCE]
        await _record(conn, [Entry(decision, cause, content_version) for decision, cause in part], now)


async def _record(conn: AsyncConnection, entries: Sequence[Entry], now: datetime) -> None:
    people = await _people(conn, entries)
    recorded = await _recorded_causes(conn, entries)
    fresh: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        person = people.get((entry.practice, entry.subscriber_id))
        if person is None:
            raise Missing("no such subscriber at this practice")
        if (entry.practice, entry.cause) not in recorded and person.last_cause != entry.cause:
            fresh.setdefault((entry.practice, entry.cause), entry)
    if not fresh:
        return
    decided = list(fresh.values())
    news = [await _erased(conn, one, people, now) if one.decision.erase else one for one in decided]
    await write_subscribers(
        conn,
        [(new.decision.subscriber, {"next_at": new.decision.next_at, "last_cause": new.cause}) for new in news],
        {its_id: person.enrolled for (_, its_id), person in people.items()},
    )
    await cancel(conn, _cancelled(news, people), now)
    await erasure.erase_answers(conn, [new.subscriber_id for new in news if new.decision.erase_answers])
    keys = keys_of(conn)
    await _insert(conn, MessageRow, [row for new in news for row in new.messages(_address_of(new, people), keys, now)])
    await _insert(conn, AnswerRow, [row for new in news for row in new.answers(keys, now)])
    await _insert(conn, ConsentRow, [row for new in news for row in new.consents(now)])
    await _insert(conn, EventRow, [row for new in news for row in new.events(now)])
    await _insert(conn, AlertRow, [row for new in news for row in new.alerts(now)])
    await make_join_codes(conn, [(new.practice, new.subscriber_id, new.decision.join) for new in news])
    await make_plan_links(conn, [(new.practice, new.subscriber_id, new.decision.plan_link) for new in news])
    await _make_export_links(conn, news)
    await _remember_beside(conn, decided, people, now)


async def _erased(conn: AsyncConnection, entry: Entry, people: dict[tuple[str, int], _Person], now: datetime) -> Entry:
    """Nothing of the person is left; the entry is that of a blank one who gets the receipt."""
    decision = entry.decision
    before, address = people[entry.practice, entry.subscriber_id], decision.subscriber.address
    assert decision.erase is not None
    if address not in before.addresses:
        raise Missing("the decision's address is none of the subscriber's")
    seq = await erasure.seq_of(conn, before.addresses[address])
    years = decision.erase.proof_years
    await erasure.forget(conn, entry.practice, entry.subscriber_id, before.addresses, years, now)
    new_id, address_id = await erasure.leave_for_receipt(conn, decision.subscriber, seq, now)
    blank = replace(erasure.blank_of(decision.subscriber, now), id=new_id)
    people[entry.practice, new_id] = _Person("", False, False, 0, {address: address_id})
    return replace(entry, decision=Decision(subscriber=blank, messages=decision.messages))


@dataclass(frozen=True, slots=True)
class _Person:
    """As it is before the decision."""

    last_cause: str
    stopped: bool
    alarmed: bool
    enrolled: int
    addresses: dict[Address, int]


def _address_of(entry: Entry, people: Mapping[tuple[str, int], _Person]) -> int | None:
    return people[entry.practice, entry.subscriber_id].addresses.get(entry.decision.subscriber.address)


async def _people(conn: AsyncConnection, entries: Sequence[Entry]) -> dict[tuple[str, int], _Person]:
    ids = {entry.subscriber_id for entry in entries}
    rows = await conn.execute(_people_of(on_sqlite(conn)), {"ids": list(ids)})
    people: dict[tuple[str, int], _Person] = {}
    for row in rows:
        person = people.get((row.practice, row.id))
        if person is None:
            person = _Person(row.last_cause, row.stopped_at is not None, row.alarm_tier != "", row.enrolled, {})
            people[row.practice, row.id] = person
        person.addresses[Address(Channel(row.channel), row.account, row.external_id)] = row.address_id
    return people


@cache
def _people_of(sqlite: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- a fact, no switch
    return (
        select(
            SubscriberRow.practice,
            SubscriberRow.id,
            SubscriberRow.last_cause,
            SubscriberRow.stopped_at,
            SubscriberRow.alarm_tier,
            select(func.count())
            .where(EnrollmentRow.subscriber_id == SubscriberRow.id)
            .correlate(SubscriberRow)
            .scalar_subquery()
            .label("enrolled"),
            AddressRow.id.label("address_id"),
            AddressRow.channel,
            AddressRow.account,
            AddressRow.external_id,
        )
        .join(AddressRow, AddressRow.subscriber_id == SubscriberRow.id)
        .where(is_among(SubscriberRow.id, "ids", sqlite=sqlite))
    )


async def _recorded_causes(conn: AsyncConnection, entries: Sequence[Entry]) -> set[tuple[str, str]]:
    causes: dict[str, set[str]] = {}
    for entry in entries:
        causes.setdefault(entry.practice, set()).add(entry.cause)
    recorded: set[tuple[str, str]] = set()
    for practice, of_practice in causes.items():
        among = {"its_practice": practice, "causes": list(of_practice)}
        known = await conn.scalars(_known_causes(on_sqlite(conn)), among)
        recorded.update((practice, cause) for cause in known)
    return recorded


@cache
def _known_causes(sqlite: bool) -> Select[str]:  # noqa: FBT001 -- a fact, no switch
    of_practice = MessageRow.practice == bindparam("its_practice")
    return select(MessageRow.cause).where(of_practice, is_among(MessageRow.cause, "causes", sqlite=sqlite, texts=True))


def _cancelled(entries: Sequence[Entry], people: Mapping[tuple[str, int], _Person]) -> list[Cancelled]:
    return [
        Cancelled(new.subscriber_id, new.decision.cancel, people[new.practice, new.subscriber_id].addresses)
        for new in entries
        if new.decision.cancel
    ]


async def _insert(conn: AsyncConnection, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        await conn.execute(_inserted(table), rows)


@cache
def _inserted(table: type[Base]) -> Insert:
    return insert(table)


async def _make_export_links(conn: AsyncConnection, entries: Sequence[Entry]) -> None:
    for new in entries:
        if new.decision.export is not None:
            await export_links.make(conn, new.practice, new.subscriber_id, new.decision.export.code)


async def _remember_beside(
    conn: AsyncConnection, entries: Sequence[Entry], people: Mapping[tuple[str, int], _Person], now: datetime
) -> None:
    """What silences a person is written beside the database too, for the day on which an older backup is restored.
    It comes last: nothing may fail between it and the commit but the commit itself."""
    tombstones = tombstones_of(conn)
    if tombstones is None:
        return
    for new in entries:
        before = people[new.practice, new.subscriber_id]
        for happened in _silences(before, new.decision):
            await tombstones.append(new.practice, before.addresses, happened, now)
        for happened, consent in await _consents(conn, new):
            await tombstones.append(new.practice, before.addresses, happened, now, consent)


async def _consents(conn: AsyncConnection, entry: Entry) -> list[tuple[Happened, str]]:
    """Those that were taken back, by a STOP too, since START gives not all of them again; and those that were given
    after that."""
    decision = entry.decision
    if decision.erase:
        return []
    withdrew = [(Happened.WITHDREW, one.name) for one in decision.consents if not one.given]
    given = [one.name for one in decision.consents if one.given]
    if not given:
        return withdrew
    once_withdrawn = select(ConsentRow.name).where(
        ConsentRow.subscriber_id == entry.subscriber_id, ConsentRow.name.in_(given), ConsentRow.given.is_(False)
    )
    return withdrew + [(Happened.GAVE, name) for name in sorted(set(await conn.scalars(once_withdrawn)))]


def _silences(before: _Person, decision: Decision) -> Iterator[Happened]:
    if decision.erase:
        yield Happened.ERASED
        return
    stopped, alarmed = decision.subscriber.stopped_at is not None, decision.subscriber.alarm is not None
    if stopped != before.stopped:
        yield Happened.STOP if stopped else Happened.START
    if alarmed != before.alarmed:
        yield Happened.ALARM if alarmed else Happened.CALM
    if decision.erase_answers and decision.subscriber.minor:
        yield Happened.MINOR
    if decision.grown_up:
        yield Happened.GROWN_UP
