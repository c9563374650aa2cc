"""A subscriber's value and its rows: columns for what is queried, JSON for the rest, recent texts encrypted.

A field that is added to Subscriber and has no column here is kept in the JSON by itself, and rows that were written
before it have its default.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Address, Channel
from bot.core.subscriber import Enrollment, EnrollmentState, Subscriber
from bot.store.crypt import Keys, keys_of
from bot.store.dialect import insert_into
from bot.store.errors import Missing
from bot.store.tables import AddressRow, EnrollmentRow, SubscriberRow

_SUBSCRIBER: Final = TypeAdapter(Subscriber)
_COLUMNS: Final = frozenset(
    {
        "id", "practice", "address", "zone", "hour", "created_at", "stopped_at", "reachable", "first_touch",
        "last_inbound_at", "enrollments", "recent",
    }
)  # fmt: skip


def _default(name: str) -> object:
    field = next(field for field in fields(Subscriber) if field.name == name)
    if field.default_factory is not MISSING:
        return field.default_factory()
    if field.default is not MISSING:
        return field.default
    raise TypeError(f"{name} has no default: rows written earlier could not be read, so it needs a column")


_KEPT: Final = tuple((field.name, _default(field.name)) for field in fields(Subscriber) if field.name not in _COLUMNS)


def select_subscribers() -> Select[*tuple[Any, ...]]:
    """Rows for `read_rows`: subscribers each with one address; the caller says which, and which address."""
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
        SubscriberRow.recent,
        AddressRow.id.label("address_id"),
        AddressRow.channel,
        AddressRow.account,
        AddressRow.external_id,
    )


async def read_rows(conn: AsyncConnection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Subscriber]:
    """The values of rows of `select_subscribers`, in their order, with one query for all enrollments."""
    if not rows:
        return []
    enrollments = await _enrollments_of(conn, [row.id for row in rows])
    keys = keys_of(conn)
    return [_subscriber(row, enrollments.get(row.id, ()), keys) for row in rows]


def _subscriber(row: Row[*tuple[Any, ...]], enrollments: tuple[Enrollment, ...], keys: Keys) -> Subscriber:
    kept = json.loads(row.memory)
    kept.update(
        id=row.id,
        practice=row.practice,
        address=Address(Channel(row.channel), row.account, row.external_id),
        zone=row.zone,
        hour=row.hour,
        created_at=row.created_at,
        stopped_at=row.stopped_at,
        reachable=row.reachable,
        first_touch=row.first_touch,
        last_inbound_at=row.last_inbound_at,
        enrollments=enrollments,
        recent=_read_recent(row.recent, keys),
    )
    return _SUBSCRIBER.validate_python(kept)


async def _enrollments_of(conn: AsyncConnection, ids: list[int]) -> dict[int, tuple[Enrollment, ...]]:
    found: dict[int, tuple[Enrollment, ...]] = {}
    rows = await conn.execute(
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
        .where(EnrollmentRow.subscriber_id.in_(ids))
        .order_by(EnrollmentRow.subscriber_id, EnrollmentRow.position)
    )
    for subscriber_id, program, state, version, started_on, done, jump, silent, begins_on in rows:
        enrollment = Enrollment(
            program=program,
            state=EnrollmentState(state),
            content_version=version,
            started_on=started_on,
            done=tuple(json.loads(done)),
            jump=jump,
            silent=silent,
            begins_on=begins_on,
        )
        found[subscriber_id] = (*found.get(subscriber_id, ()), enrollment)
    return found


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
        "memory": _memory_of(subscriber),
        "recent": _write_recent(subscriber.recent, keys),
    }


async def write_subscribers(conn: AsyncConnection, changes: Sequence[tuple[Subscriber, Mapping[str, Any]]]) -> None:
    """Writes the values, with more columns for each (`next_at` and the like; the same ones for all), in bulk.

    Raises Missing, and then nothing counts, when one is not there at its practice.
    """
    if not changes:
        return
    keys = keys_of(conn)
    rows = [
        {"its_id": subscriber.id, "its_practice": subscriber.practice, **columns_of(subscriber, keys), **more}
        for subscriber, more in changes
    ]
    of_row = (SubscriberRow.id == bindparam("its_id"), SubscriberRow.practice == bindparam("its_practice"))
    result = await conn.execute(update(SubscriberRow).where(*of_row), rows)
    if result.rowcount != len(rows):
        raise Missing("a subscriber to write is not there at this practice")
    await _write_enrollments(conn, [subscriber for subscriber, _ in changes])


async def _write_enrollments(conn: AsyncConnection, subscribers: Iterable[Subscriber]) -> None:
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, int]] = []
    for subscriber in subscribers:
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
                "done": json.dumps(enrollment.done),
                "jump": enrollment.jump,
                "silent": enrollment.silent,
                "begins_on": enrollment.begins_on,
            }
            for position, enrollment in enumerate(subscriber.enrollments)
        )
    of_nobody = EnrollmentRow.position >= bindparam("count")
    await conn.execute(delete(EnrollmentRow).where(EnrollmentRow.subscriber_id == bindparam("its_id"), of_nobody), ends)
    if not rows:
        return
    upsert = insert_into(conn, EnrollmentRow)
    newer = {name: upsert.excluded[name] for name in rows[0] if name not in {"practice", "subscriber_id", "position"}}
    await conn.execute(upsert.on_conflict_do_update(index_elements=["subscriber_id", "position"], set_=newer), rows)


def _memory_of(subscriber: Subscriber) -> str:
    kept = {name for name, default in _KEPT if getattr(subscriber, name) != default}
    return _SUBSCRIBER.dump_json(subscriber, include=kept).decode("utf-8") if kept else "{}"


def _write_recent(recent: tuple[tuple[datetime, str], ...], keys: Keys) -> bytes | None:
    if not recent:
        return None
    return keys.encrypt(json.dumps([[at.astimezone(UTC).isoformat(), text] for at, text in recent]))


def _read_recent(stored: bytes | None, keys: Keys) -> tuple[tuple[datetime, str], ...]:
    if stored is None:
        return ()
    return tuple((datetime.fromisoformat(at), text) for at, text in json.loads(keys.decrypt(stored)))
