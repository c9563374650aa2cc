"""The plan's own way in and out of the store: everybody who is due at eight, in bulk.

A visit that does what nearly all do (a message, a step further, a new `next_at`) writes what it changed and nothing
else. Whatever else was decided goes the way of every Decision (`bot.store.decisions`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision
from bot.core.messages import Button, Outgoing
from bot.core.subscriber import Subscriber, changed
from bot.store import decisions
from bot.store.bulk import Bulk, Row, inserting, updating, write_rows
from bot.store.crypt import Keys
from bot.store.due import Beside, beside, due_ahead, due_for_plan
from bot.store.errors import Missing
from bot.store.memory import Unread, memory_of, read_recent, write_done
from bot.store.rows import (
    EVENT_COLUMNS,
    MESSAGE_COLUMNS,
    NEW_MESSAGE,
    body_of,
    event_values,
    message_values,
    write_body,
)
from bot.store.tables import EnrollmentRow, EventRow, MessageRow, SubscriberRow


class Visit(NamedTuple):
    """Somebody who is due."""

    subscriber: Subscriber
    """Without `recent`: the plan hears nobody, and neither reads nor writes what was said."""
    beside: Beside


class Changed(Exception):
    """One of those who were read ahead is no longer as it was read: nothing of it counts."""


class Planned(NamedTuple):
    """What the plan decided at a visit. `cause` is new: nothing was ever recorded under it."""

    visit: Visit
    decision: Decision
    cause: str
    content_version: str


class Visits:
    """Those who are due. Each is read when it is asked for, and what one of them was made of is gone by the next: a
    plan for many is quicker when it keeps to little memory."""

    def __init__(self, found: Unread) -> None:
        self._found = found
        self.unreadable: dict[int, Exception] = {}
        """Of those who were passed so far, by id and why."""

    @property
    def ids(self) -> list[int]:
        """Also of those who cannot be read."""
        return [row[0] for row in self._found.rows]

    def __iter__(self) -> Iterator[Visit]:
        for row, its in self._found.each():
            if isinstance(its, Subscriber):
                yield Visit(its, beside(row))
            else:
                self.unreadable[row[0]] = its

    def rows(self, now: datetime) -> Rows:
        """For what is decided about them."""
        return Rows(self._found.keys, now)


class Rows:
    """What is to be written of visits that do what nearly all do, and the others."""

    def __init__(self, keys: Keys, now: datetime) -> None:
        self.now = now
        self.keys = keys
        self.states: list[Row] = []
        self.steps: list[Row] = []
        self.enrollments: list[Row] = []
        self.messages: list[Row] = []
        self.events: list[Row] = []
        self.others: list[Planned] = []
        self.accounts: set[str] = set()
        """Those that get something to send."""
        self._known: _Known = {}

    def add(self, one: Planned, as_read: Row = ()) -> None:
        """`as_read` is what `record_ahead` is to find unchanged."""
        decision = one.decision
        if decision.messages:
            self.accounts.add(decision.subscriber.address.account)
        if not _is_usual(one):
            self.others.append(one)
            return
        self.states.append((*_state(one), *as_read))
        self._add_steps(decision.subscriber, one.visit.subscriber)
        if decision.messages:
            bodies = [_token(outgoing, self.keys, self._known) for outgoing in decision.messages]
            address_id = one.visit.beside.address_id
            self.messages += message_values(decision, one.cause, address_id, bodies, one.content_version, self.now)
        if decision.events:
            self.events += event_values(decision, one.cause, self.now)

    def _add_steps(self, after: Subscriber, before: Subscriber) -> None:
        """The enrollments that changed; each has its place."""
        for position, (new, old) in enumerate(zip(after.enrollments, before.enrollments, strict=True)):
            if new is old:
                continue
            done = write_done(new.done)
            if _PLACED(new) == _PLACED(old):
                self.steps.append((done, new.jump, new.silent, after.id, position))
            else:
                self.enrollments.append((
                    new.program, new.state.value, new.content_version, new.started_on, done, new.jump, new.silent,
                    new.begins_on, after.id, position,
                ))  # fmt: skip


async def due(conn: AsyncConnection, practices: Sequence[str], now: datetime, limit: int) -> Visits:
    """Those whom `subscribers.due` gives, to be planned; locked until the transaction ends."""
    return Visits(await due_for_plan(conn, practices, now, limit))


async def ahead(
    conn: AsyncConnection, practices: Sequence[str], now: datetime, limit: int, but: Collection[int]
) -> Visits:
    """The same on SQLite, without those in `but`, for `record_ahead`: as they were a moment ago, nobody is locked."""
    return Visits(await due_ahead(conn, practices, now, limit, but))


async def record(conn: AsyncConnection, rows: Rows) -> None:
    """Writes what was decided, each at a visit of this transaction and of another subscriber. Raises Missing."""
    await _write(conn, _STATE, rows)
    for one in rows.others:
        await decisions.record_many(conn, [(_whole(one, rows.keys), one.cause)], rows.now, one.content_version)


async def record_ahead(conn: AsyncConnection, rows: Rows) -> None:
    """On SQLite: writes what was decided about those who were read ahead, without the others, if all of them are still
    as they were. Who wrote, stopped, moved or was planned in between is not. Raises Changed."""
    try:
        await _write(conn, _STATE_AS_READ, rows)
    except Missing as one:
        raise Changed from one


async def _write(conn: AsyncConnection, state: Bulk, rows: Rows) -> None:
    await write_rows(
        conn,
        (state, rows.states),
        (_STEP, rows.steps),
        (_ENROLLMENT, rows.enrollments),
        (_MESSAGE, rows.messages),
        (_EVENT, rows.events),
    )


as_read: Final = attrgetter("next_at", "last_cause", "memory", "private", "address_id")
"""Of what stands beside a visit. Every Decision has a cause of its own; what changes somebody without one moves the
others."""

_SAME: Final = itemgetter(
    "id", "practice", "address", "zone", "hour", "created_at", "stopped_at", "reachable", "first_touch",
    "last_inbound_at", "recent", "alarm", "safety_plan", "sealed",
)  # fmt: skip
"""What a usual visit leaves as it was: all that has a column and is not in `_STATE`."""

_USUAL: Final = {"subscriber", "messages", "events", "next_at"}
_MORE: Final = attrgetter(*(field.name for field in fields(Decision) if field.name not in _USUAL))
_NOTHING_MORE: Final = tuple(field.default for field in fields(Decision) if field.name not in _USUAL)
"""Also of a field that Decision gets tomorrow."""

_NEWS: Final = ("next_at", "last_cause", "memory", "taken_over", "paused")
_NEWS_OF_EACH: Final = ("id", "last_cause", "memory")
_STATE: Final = updating(SubscriberRow, _NEWS, by=("id", "practice"), of_each=_NEWS_OF_EACH)
_STATE_AS_READ: Final = updating(
    SubscriberRow,
    _NEWS,
    by=("id", "practice", "next_at", "last_cause", "memory", "private", "preferred_address_id"),
    of_each=_NEWS_OF_EACH,
)
_STEP: Final = updating(
    EnrollmentRow, ("done", "jump", "silent"), by=("subscriber_id", "position"), of_each=("subscriber_id",)
)
"""What a step changes; none of it is in an index."""
_ENROLLMENT: Final = updating(
    EnrollmentRow,
    ("program", "state", "content_version", "started_on", "done", "jump", "silent", "begins_on"),
    by=("subscriber_id", "position"),
    of_each=("subscriber_id",),
)
_PLACED: Final = attrgetter("program", "state", "content_version", "started_on", "begins_on")
"""What a step leaves as it was."""
_MESSAGE: Final = inserting(
    MessageRow, MESSAGE_COLUMNS, of_each=("subscriber_id", "address_id", "cause"), always=NEW_MESSAGE
)
_EVENT: Final = inserting(EventRow, EVENT_COLUMNS, of_each=("subscriber_id", "cause"))


def _is_usual(one: Planned) -> bool:
    """Whether the visit does what nearly all do."""
    after, before = one.decision.subscriber, one.visit.subscriber
    return (
        _MORE(one.decision) == _NOTHING_MORE
        and len(after.enrollments) == len(before.enrollments)
        and _SAME(after.__dict__) == _SAME(before.__dict__)
    )


def _state(one: Planned) -> Row:
    after = one.decision.subscriber
    taken_over, paused = after.takeover is not None, after.paused_until is not None
    return one.decision.next_at, one.cause, memory_of(after), taken_over, paused, after.id, after.practice


_Known = dict[tuple[str, str, int], tuple[tuple[Button, ...], bytes]]
"""Tokens of a batch by step, words and the very buttons: most of it have those in common, and their hash takes long.
The buttons are kept beside their token: as long as they live no others can have their identity."""


def _token(outgoing: Outgoing, keys: Keys, known: _Known) -> bytes:
    """What may hold a person's own words or answers is always encrypted by itself."""
    if not outgoing.step or outgoing.picture is not None or outgoing.papers is not None:
        return keys.encrypt(body_of(outgoing))
    which = outgoing.step, outgoing.text, id(outgoing.buttons)
    found = known.get(which)
    if found is None:
        token = _token_at_step(keys, outgoing.step, outgoing.text, outgoing.buttons)
        found = known[which] = outgoing.buttons, token
    return found[1]


# Those who are at one step get the same words, and may have the same token: who reads the file sees as much in the
# column of the step.
@lru_cache(256)
def _token_at_step(keys: Keys, _step: str, text: str, buttons: tuple[Button, ...]) -> bytes:
    return keys.encrypt(write_body(text, buttons, None))


def _whole(one: Planned, keys: Keys) -> Decision:
    """With what was said lately, which the plan did not read."""
    return replace(
        one.decision, subscriber=changed(one.decision.subscriber, recent=read_recent(one.visit.beside.recent, keys))
    )
