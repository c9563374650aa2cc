"""Everything that is kept of a person, read at one moment. A table that is added later comes along by itself, under
`more`, until it gets a place of its own in `bot.exports.model`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.content.model import Practice
from bot.exports import model
from bot.store.base import Base
from bot.store.crypt import Keys, keys_of
from bot.store.errors import Missing
from bot.store.rows import opened_body
from bot.store.tables import (
    AddressRow,
    AnswerRow,
    ConsentRow,
    EnrollmentRow,
    EventRow,
    InboundRow,
    MessageRow,
    SubscriberRow,
)

TOLD: Final = frozenset({"addresses", "answers", "consents", "enrollments", "events", "inbound", "messages"})
"""Tables that have a place of their own in the export."""
NOT_TOLD: Final = frozenset({"join_codes", "export_links", "plan_links", "erasures"})
"""Tables of one-time codes and of what is about to go: nothing in them is about the person."""
_OURS: Final = frozenset({"id", "practice", "subscriber_id"})


async def kept_of(
    conn: AsyncConnection, practice: str, subscriber_id: int, content: Practice | None, real_now: datetime
) -> model.Export:
    """Raises Missing. `content` tells the practice's name and contact; None for one that is no longer there."""
    row = (
        await conn.execute(
            select(SubscriberRow).where(SubscriberRow.id == subscriber_id, SubscriberRow.practice == practice)
        )
    ).one_or_none()
    if row is None:
        raise Missing("no such subscriber at this practice")
    keys = keys_of(conn)
    addresses = (await conn.execute(_its(AddressRow, subscriber_id))).all()
    channels = {address.id: address.channel for address in addresses}
    return model.Export(
        made_at=real_now,
        practice=model.Practice(
            slug=practice,
            name=content.name if content is not None else practice,
            contact=(content.contact or content.name) if content is not None else practice,
        ),
        person=model.Person(
            since=row.created_at,
            zone=row.zone,
            hour=f"{row.hour:%H:%M}" if row.hour is not None else None,
            last_message_at=row.last_inbound_at,
            stopped_at=row.stopped_at,
            next_at=row.next_at,
            reachable=row.reachable,
            first_link=row.first_touch,
            recent=[said for _, said in json.loads(keys.decrypt(row.recent))] if row.recent is not None else [],
            memory={
                **json.loads(row.memory),
                **(json.loads(keys.decrypt(row.private)) if row.private is not None else {}),
            },
        ),
        contacts=[
            model.Contact(
                channel=one.channel, id=one.external_id, name=one.name, reachable=one.reachable, since=one.created_at
            )
            for one in addresses
        ],
        consents=[
            model.Consent(name=one.name, given=one.given, version=one.version, at=one.at, message=one.cause)
            for one in await conn.execute(_its(ConsentRow, subscriber_id))
        ],
        enrollments=[
            model.Enrollment(
                program=one.program, state=one.state, started_on=one.started_on, steps_done=json.loads(one.done)
            )
            for one in await conn.execute(_its(EnrollmentRow, subscriber_id))
        ],
        answers=[
            model.Answer(
                question=one.question,
                program=one.program,
                step=one.step,
                number=one.number,
                choice=one.choice,
                text=keys.decrypt(one.text) if one.text is not None else "",
                at=one.at,
            )
            for one in await conn.execute(_its(AnswerRow, subscriber_id))
        ],
        conversation=await _conversation(conn, subscriber_id, channels, keys),
        events=[
            model.Happening(kind=one.kind, at=one.at, data=json.loads(one.data))
            for one in await conn.execute(_its(EventRow, subscriber_id))
        ],
        more=await _more(conn, subscriber_id, keys),
    )


async def _conversation(
    conn: AsyncConnection, subscriber_id: int, channels: dict[int, str], keys: Keys
) -> list[model.Line]:
    """Both sides in the order of time; what a tap said stands on the message that was tapped."""
    ours = (await conn.execute(_its(MessageRow, subscriber_id))).all()
    bodies = {one.id: opened_body(keys, one.body) for one in ours}
    lines = [
        model.Line(
            at=one.created_at,
            by="bot",
            channel=channels.get(one.address_id, ""),
            kind=one.kind,
            state=one.state,
            text=bodies[one.id].text,
            buttons=[button.label for button in bodies[one.id].buttons],
        )
        for one in ours
    ]
    for one in await conn.execute(_its(InboundRow, subscriber_id)):
        text = keys.decrypt(one.text) if one.text is not None else one.payload
        buttons = bodies[one.message_id].buttons if one.message_id in bodies else ()
        if not text and one.button is not None and one.button < len(buttons):
            text = buttons[one.button].label
        lines.append(
            model.Line(
                at=one.received_at,
                by="you",
                channel=channels.get(one.address_id, ""),
                kind=one.kind,
                state="",
                text=text,
                buttons=[],
            )
        )
    return sorted(lines, key=lambda line: (line.at, line.by == "bot"))


async def _more(conn: AsyncConnection, subscriber_id: int, keys: Keys) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for table in _of_persons():
        if table.name not in TOLD | NOT_TOLD:
            rows = await conn.execute(select(table).where(table.c.subscriber_id == subscriber_id))
            found[table.name] = [
                {name: _plain(keys, its) for name, its in row.items() if name not in _OURS} for row in rows.mappings()
            ]
    return {name: rows for name, rows in found.items() if rows}


def _of_persons() -> Iterable[Table]:
    return (table for table in Base.metadata.sorted_tables if "subscriber_id" in table.columns)


def _plain(keys: Keys, value: Any) -> Any:
    """What is bytes in a table is encrypted text."""
    if isinstance(value, bytes):
        return keys.decrypt(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _its(table: type[Any], subscriber_id: int) -> Any:
    return select(table).where(table.subscriber_id == subscriber_id).order_by(table.id)
