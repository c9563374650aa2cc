"""A subscriber's value and its rows: columns for what is queried, JSON for the rest, recent texts encrypted.

A field that is added to Subscriber and has no column here is kept in the JSON by itself, and rows that were written
before it have its default.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Insert, Row, Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from bot.core.messages import Address, Channel
from bot.core.subscriber import Enrollment, EnrollmentState, Subscriber, of_fields
from bot.store.crypt import KeyMissing, Keys, keys_of
from bot.store.dialect import an_insert, is_among, on_sqlite
from bot.store.errors import Missing
from bot.store.tables import AddressRow, EnrollmentRow, SubscriberRow

_COLUMNS: Final = frozenset(
    {
        "id", "practice", "address", "zone", "hour", "created_at", "stopped_at", "reachable", "first_touch",
        "last_inbound_at", "enrollments", "recent", "safety_plan", "sealed",
    }
)  # fmt: skip


def _default(kept: Field[Any]) -> Any:
    if kept.default is MISSING and kept.default_factory is MISSING:
        raise TypeError(f"{kept.name} has no default: rows written earlier could not be read, so it needs a column")
    return getattr(_NOBODY, kept.name)


_CHANNELS: Final = {channel.value: channel for channel in Channel}
_STATES: Final = {state.value: state for state in EnrollmentState}
_NOBODY: Final = Subscriber(
    id=0, practice="", address=Address(Channel.WEBCHAT, "", ""), created_at=datetime.min.replace(tzinfo=UTC)
)
_PRIVATE_FIELDS: Final = {"safety_plan", "sealed"}
_HINTS: Final = get_type_hints(Subscriber)
_DEFAULTS: Final = {kept.name: _default(kept) for kept in fields(Subscriber) if kept.name not in _COLUMNS}
_NO_PRIVATE: Final = {its.name: _default(its) for its in fields(Subscriber) if its.name in _PRIVATE_FIELDS}


def _some_of(those: Mapping[str, Any]) -> TypeAdapter[Any]:
    """JSON of some of the fields, read and checked in one go; who is in none of them has the default."""
    return TypeAdapter(TypedDict("Some", {name: _HINTS[name] for name in those}, total=False))  # type: ignore[operator]


_MEMORY: Final = _some_of(_DEFAULTS)
_PRIVATE: Final = _some_of(_NO_PRIVATE)

_RECENT: Final[ColumnElement[Any]] = SubscriberRow.__table__.c.recent


def select_subscribers(recent: ColumnElement[Any] = _RECENT) -> Select[*tuple[Any, ...]]:
    """Rows for `read_rows`: subscribers each with one address; the caller says which, and which address. More columns
    may be added behind these. `recent` may be NULL for who has no use for the texts."""
    return select(
        SubscriberRow.id,
        SubscriberRow.practice,
        SubscriberRow.zone,
        SubscriberRow.hour,
        SubscriberRow.created_at,
        SubscriberRow.stopped_at,
        SubscriberRow.reachable,
        SubscriberRow.first_touch,
        SubscriberRow.last_inbound_at,
        SubscriberRow.memory,
        recent,
        SubscriberRow.private,
        AddressRow.id.label("address_id"),
        AddressRow.channel,
        AddressRow.account,
        AddressRow.external_id,
    )


_Rows = Sequence[Row[*tuple[Any, ...]]]


async def read_rows(conn: AsyncConnection, rows: _Rows) -> list[Subscriber]:
    """The values of rows of `select_subscribers`, in their order, with one query for all enrollments."""
    enrollments = await _enrollments_of(conn, rows)
    keys = keys_of(conn)
    return [_subscriber(row, enrollments.get(row[0], ()), keys) for row in rows]


class Unread(NamedTuple):
    """Rows of `select_subscribers` with those of their enrollments."""

    rows: _Rows
    enrollments: Mapping[int, _Rows]
    keys: Keys

    def readable(self) -> tuple[list[Subscriber], dict[int, Exception]]:
        """The values of those that can be read, and by id why the others cannot: for work on many, of whom one with a
        broken state must not hold up the others."""
        readable: list[Subscriber] = []
        unreadable: dict[int, Exception] = {}
        for row, its in self.each():
            if isinstance(its, Subscriber):
                readable.append(its)
            else:
                unreadable[row[0]] = its
        return readable, unreadable

    def each(self) -> Iterator[tuple[Row[*tuple[Any, ...]], Subscriber | Exception]]:
        """Each row with its value, or why it cannot be read; made no sooner than it is asked for."""
        for row in self.rows:
            its: Subscriber | Exception
            try:
                its = _subscriber(row, self.enrollments.get(row[0], ()), self.keys)
            except (KeyMissing, ValueError, KeyError, TypeError) as problem:
                its = problem
            yield row, its


async def unread(conn: AsyncConnection, rows: _Rows) -> Unread:
    """With one query for all enrollments."""
    return Unread(rows, await _enrollments_of(conn, rows), keys_of(conn))


def _subscriber(row: Row[*tuple[Any, ...]], enrollments: _Rows, keys: Keys) -> Subscriber:
    (
        its_id, practice, zone, hour, created_at, stopped_at, reachable, first_touch, last_inbound_at, memory, recent,
        private, _, channel, account, external_id, *_,
    ) = row  # fmt: skip
    # The fields that have a column over those that were read from JSON, and so all of them.
    values = {
        **_DEFAULTS,
        **_MEMORY.validator.validate_json(memory),
        "id": its_id,
        "practice": practice,
        "address": Address(_CHANNELS[channel], account, external_id),
        "zone": zone,
        "hour": hour,
        "created_at": created_at,
        "stopped_at": stopped_at,
        "reachable": reachable,
        "first_touch": first_touch,
        "last_inbound_at": last_inbound_at,
        "enrollments": tuple(map(_enrollment, enrollments)),
        "recent": read_recent(recent, keys),
        **_read_private(private, keys),
    }
    return of_fields(Subscriber, values)


def _enrollment(row: Row[*tuple[Any, ...]]) -> Enrollment:
    _, program, state, content_version, started_on, done, jump, silent, begins_on = row
    values = {
        "program": program,
        "state": _STATES[state],
        "content_version": content_version,
        "started_on": started_on,
        "done": read_done(done),
        "jump": jump,
        "silent": silent,
        "begins_on": begins_on,
    }
    return of_fields(Enrollment, values)


async def _enrollments_of(conn: AsyncConnection, subscribers: _Rows) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    found: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    if subscribers:
        ids = [row[0] for row in subscribers]
        for row in await conn.execute(_their_enrollments(on_sqlite(conn)), {"ids": ids}):
            found.setdefault(row[0], []).append(row)
    return found


@cache
def _their_enrollments(sqlite: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- a fact, no switch
    return (
        select(
            EnrollmentRow.subscriber_id,
            EnrollmentRow.program,
            EnrollmentRow.state,
            EnrollmentRow.content_version,
            EnrollmentRow.started_on,
            EnrollmentRow.done,
            EnrollmentRow.jump,
            EnrollmentRow.silent,
            EnrollmentRow.begins_on,
        )
        .where(is_among(EnrollmentRow.subscriber_id, "ids", sqlite=sqlite))
        .order_by(EnrollmentRow.subscriber_id, EnrollmentRow.position)
    )


def columns_of(subscriber: Subscriber, keys: Keys) -> dict[str, Any]:
    """The subscriber's columns but for id, `next_at` and the preferred address."""
    return {
        "zone": subscriber.zone,
        "hour": subscriber.hour,
        "created_at": subscriber.created_at,
        "stopped_at": subscriber.stopped_at,
        "reachable": subscriber.reachable,
        "first_touch": subscriber.first_touch,
        "last_inbound_at": subscriber.last_inbound_at,
        "alarm_tier": subscriber.alarm.tier if subscriber.alarm else "",
        "taken_over": subscriber.takeover is not None,
        "paused": subscriber.paused_until is not None,
        "memory": memory_of(subscriber),
        "recent": _write_recent(subscriber.recent, keys),
        "private": _write_private(subscriber, keys),
    }


async def write_subscribers(
    conn: AsyncConnection,
    changes: Sequence[tuple[Subscriber, Mapping[str, Any]]],
    enrolled: Mapping[int, int] | None = None,
) -> None:
    """Writes the values, with more columns for each (`next_at` and the like; the same ones for all), in bulk.
    `enrolled` is how many enrollments each has so far, for a caller who knows.

    Raises Missing, and then nothing counts, when one is not there at its practice.
    """
    if not changes:
        return
    keys = keys_of(conn)
    rows = [
        {"its_id": subscriber.id, "its_practice": subscriber.practice, **columns_of(subscriber, keys), **more}
        for subscriber, more in changes
    ]
    result = await conn.execute(_WRITTEN, rows)
    if result.rowcount != len(rows):
        raise Missing("a subscriber to write is not there at this practice")
    await _write_enrollments(conn, [subscriber for subscriber, _ in changes], enrolled)


_WRITTEN: Final = update(SubscriberRow).where(
    SubscriberRow.id == bindparam("its_id"), SubscriberRow.practice == bindparam("its_practice")
)


async def _write_enrollments(
    conn: AsyncConnection, subscribers: Iterable[Subscriber], enrolled: Mapping[int, int] | None
) -> None:
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, int]] = []
    for subscriber in subscribers:
        if enrolled is None or enrolled.get(subscriber.id, 0) > len(subscriber.enrollments):
            ends.append({"its_id": subscriber.id, "count": len(subscriber.enrollments)})
        rows.extend(
            {
                "practice": subscriber.practice,
                "subscriber_id": subscriber.id,
                "position": position,
                "program": enrollment.program,
                "state": enrollment.state.value,
                "content_version": enrollment.content_version,
                "started_on": enrollment.started_on,
                "done": write_done(enrollment.done),
                "jump": enrollment.jump,
                "silent": enrollment.silent,
                "begins_on": enrollment.begins_on,
            }
            for position, enrollment in enumerate(subscriber.enrollments)
        )
    if ends:
        await conn.execute(_OF_NO_MORE, ends)
    if rows:
        await conn.execute(_enrolling(on_sqlite(conn), tuple(rows[0])), rows)


_OF_NO_MORE: Final = delete(EnrollmentRow).where(
    EnrollmentRow.subscriber_id == bindparam("its_id"), EnrollmentRow.position >= bindparam("count")
)


@cache
def _enrolling(sqlite: bool, columns: tuple[str, ...]) -> Insert:  # noqa: FBT001 -- a fact, no switch
    upsert = an_insert(EnrollmentRow, sqlite=sqlite)
    newer = {name: upsert.excluded[name] for name in columns if name not in {"practice", "subscriber_id", "position"}}
    return upsert.on_conflict_do_update(index_elements=["subscriber_id", "position"], set_=newer)


# Those who are equally far in a program have the same steps behind them.
@lru_cache(4_096)
def read_done(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


@lru_cache(4_096)
def write_done(done: tuple[str, ...]) -> str:
    return json.dumps(done)


def memory_of(subscriber: Subscriber) -> str:
    """JSON of what has no column of its own."""
    values = subscriber.__dict__
    kept = {
        name: value
        for name, default in _DEFAULTS.items()
        # Most are the very default, which is seen sooner.
        if (value := values[name]) is not default and value != default
    }
    return _json(_MEMORY, kept)


def _json(some: TypeAdapter[Any], values: Mapping[str, Any]) -> str:
    written: bytes = some.serializer.to_json(values)
    return written.decode("utf-8")


def _write_recent(recent: tuple[tuple[datetime, str], ...], keys: Keys) -> bytes | None:
    if not recent:
        return None
    return keys.encrypt(json.dumps([[at.astimezone(UTC).isoformat(), text] for at, text in recent]))


def read_recent(stored: bytes | None, keys: Keys) -> tuple[tuple[datetime, str], ...]:
    if stored is None:
        return ()
    return tuple((datetime.fromisoformat(at), text) for at, text in json.loads(keys.decrypt(stored)))


def _write_private(subscriber: Subscriber, keys: Keys) -> bytes | None:
    """The safety plan and what waits for OPEN; None for the many who have neither."""
    if subscriber.safety_plan is None and not subscriber.sealed:
        return None
    return keys.encrypt(_json(_PRIVATE, {name: subscriber.__dict__[name] for name in _NO_PRIVATE}))


def _read_private(stored: bytes | None, keys: Keys) -> Mapping[str, Any]:
    return _NO_PRIVATE if stored is None else {**_NO_PRIVATE, **_PRIVATE.validate_json(keys.decrypt(stored))}
