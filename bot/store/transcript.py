"""What a web chat shows: the lines of both sides in one order, and what the browser has seen of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.delivery import MessageState
from bot.core.messages import Address, Button, Picture
from bot.store.crypt import keys_of
from bot.store.rows import opened_body
from bot.store.subscribers import AT_ADDRESS, address_id_of, at_address
from bot.store.tables import AddressRow, InboundRow, MessageRow, SubscriberRow

_UNSEEN: Final = (MessageState.SENDING.value, MessageState.EXPIRED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One bubble of a web chat, from the person or from the bot."""

    seq: int
    at: datetime
    from_person: bool
    text: str
    """Of a tap: the label that was tapped."""
    kind: str
    """A Kind of the bot's line, an InboundKind of the person's."""
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None
    message_id: int | None = None
    """Of the bot's own line: its row. Of a tap: the row that was tapped."""
    button: int | None = None
    """Of a tap: the button's index."""
    seen: bool = True
    """False for a bot's line that no browser has shown yet."""
    unasked: bool = False
    """True for what the bot said by itself."""


async def acknowledge(conn: AsyncConnection, practice: str, address_id: int, seq: int, now: datetime) -> int:
    """The browser has shown everything up to `seq`: those messages are accepted. Returns how many were not before."""
    seen = await conn.execute(
        update(MessageRow)
        .where(
            MessageRow.practice == practice,
            MessageRow.address_id == address_id,
            MessageRow.seq > literal_column("0"),
            MessageRow.seq <= seq,
            MessageRow.state.in_(_UNSEEN),
        )
        .values(state=MessageState.ACCEPTED.value, ended_at=now)
    )
    return seen.rowcount


async def history(
    conn: AsyncConnection, practice: str, address: Address, before_seq: int | None, limit: int
) -> list[Line]:
    """The newest `limit` lines of the chat, or those before `before_seq`, oldest first. Empty for a stranger."""
    lines = await _lines(conn, practice, address, limit, before=before_seq)
    return lines[-limit:] if limit > 0 else []


async def since(conn: AsyncConnection, practice: str, address: Address, seq: int, limit: int = 200) -> list[Line]:
    """At most `limit` lines after `seq`, oldest first, of both sides: another tab shows what was typed in this one."""
    return (await _lines(conn, practice, address, limit, after=seq))[:limit]


async def last_seq(conn: AsyncConnection, practice: str, address: Address) -> int:
    """The newest number given out in this chat; 0 for a stranger, also for who was erased."""
    found = await conn.scalar(select(AddressRow.last_seq).where(*AT_ADDRESS), at_address(practice, address))
    return int(found or 0)


async def is_discreet(conn: AsyncConnection, practice: str, address: Address) -> bool:
    """Whether the person of this chat wants nothing to be read off the screen in passing; False for a stranger."""
    memory = await conn.scalar(
        select(SubscriberRow.memory).join(AddressRow, AddressRow.subscriber_id == SubscriberRow.id).where(*AT_ADDRESS),
        at_address(practice, address),
    )
    return memory is not None and bool(json.loads(memory).get("discreet"))


async def picture_of(conn: AsyncConnection, practice: str, address: Address, message_id: int) -> Picture | None:
    """The picture of a message of this very chat that was offered to its browser; None for any other."""
    address_id = await address_id_of(conn, practice, address)
    if address_id is None:
        return None
    body = await conn.scalar(
        select(MessageRow.body).where(
            MessageRow.id == message_id,
            MessageRow.practice == practice,
            MessageRow.address_id == address_id,
            MessageRow.seq > literal_column("0"),
        )
    )
    return opened_body(keys_of(conn), body).picture if body is not None else None


async def _lines(
    conn: AsyncConnection,
    practice: str,
    address: Address,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
) -> list[Line]:
    address_id = await address_id_of(conn, practice, address)
    if address_id is None:
        return []
    ours = await conn.execute(
        select(
            MessageRow.id,
            MessageRow.seq,
            MessageRow.created_at,
            MessageRow.kind,
            MessageRow.body,
            MessageRow.state,
            MessageRow.unasked,
        )
        .where(MessageRow.address_id == address_id, *_between(MessageRow.seq, before, after))
        .order_by(_nearest(MessageRow.seq, after))
        .limit(limit)
    )
    theirs = await conn.execute(
        select(
            InboundRow.seq,
            InboundRow.received_at,
            InboundRow.kind,
            InboundRow.text,
            InboundRow.message_id,
            InboundRow.button,
        )
        .where(InboundRow.address_id == address_id, *_between(InboundRow.seq, before, after))
        .order_by(_nearest(InboundRow.seq, after))
        .limit(limit)
    )
    keys = keys_of(conn)
    lines: list[Line] = []
    for message_id, seq, at, kind, body, state, unasked in ours:
        text, buttons, picture, _ = opened_body(keys, body)
        lines.append(
            Line(
                seq=seq,
                at=at,
                from_person=False,
                text=text,
                kind=kind,
                buttons=buttons,
                picture=picture,
                message_id=message_id,
                seen=state not in _UNSEEN,
                unasked=unasked,
            )
        )
    said = theirs.all()
    labels = await _labels(conn, address_id, {row.message_id for row in said if row.message_id is not None})
    for row in said:
        tapped = labels.get((row.message_id, row.button), "")
        text = keys.decrypt(row.text) if row.text is not None else tapped
        lines.append(
            Line(
                seq=row.seq,
                at=row.received_at,
                from_person=True,
                text=text,
                kind=row.kind,
                message_id=row.message_id,
                button=row.button,
            )
        )
    return sorted(lines, key=lambda line: line.seq)


def _between(seq: InstrumentedAttribute[int], before: int | None, after: int | None) -> list[ColumnElement[bool]]:
    bounds = [seq > literal_column("0")]
    if before is not None:
        bounds.append(seq < before)
    if after is not None:
        bounds.append(seq > after)
    return bounds


def _nearest(seq: InstrumentedAttribute[int], after: int | None) -> ColumnElement[Any]:
    return seq.desc() if after is None else seq.asc()


async def _labels(conn: AsyncConnection, address_id: int, message_ids: set[int]) -> dict[tuple[int, int], str]:
    if not message_ids:
        return {}
    rows = await conn.execute(
        select(MessageRow.id, MessageRow.body).where(
            MessageRow.id.in_(message_ids), MessageRow.address_id == address_id
        )
    )
    keys = keys_of(conn)
    return {
        (message_id, index): button.label
        for message_id, body in rows
        for index, button in enumerate(opened_body(keys, body).buttons)
    }
