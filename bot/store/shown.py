"""What a practice gets to see of a person: everything that was said but the answers, unless the person shares those
(consent 4). Each look is written down in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Kind
from bot.store import looks
from bot.store.crypt import Keys, keys_of
from bot.store.errors import Missing
from bot.store.looks import Looked
from bot.store.rows import opened_body
from bot.store.tables import AnswerRow, EventRow, InboundRow, MessageRow, SubscriberRow

_TELLS_ANSWERS: Final = frozenset({Kind.WEEK.value, Kind.EXPORT.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """That a question was answered; `said` is None where the person does not share what."""

    question: str
    program: str
    step: str
    at: datetime
    said: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of the conversation; `text` is None where it is an answer, or tells one, that is not shared."""

    at: datetime
    from_person: bool
    kind: str
    text: str | None


async def answers(conn: AsyncConnection, practice: str, subscriber_id: int, who: str) -> Sequence[Answered]:
    """What was answered, as far as it is kept and shared. Raises Missing."""
    shares = await _shares(conn, practice, subscriber_id)
    await looks.note(conn, practice, who, Looked.ANSWERS, subscriber_id)
    keys = keys_of(conn)
    rows = await conn.execute(_its(AnswerRow, subscriber_id))
    return [
        Answered(
            question=row.question,
            program=row.program,
            step=row.step,
            at=row.at,
            said=_answer(row, keys) if shares else None,
        )
        for row in rows
    ]


async def conversation(conn: AsyncConnection, practice: str, subscriber_id: int, who: str) -> Sequence[Said]:
    """Both sides in the order of time. An answer and the reply to it have one cause, by which both are known.

    Raises Missing.
    """
    shares = await _shares(conn, practice, subscriber_id)
    await looks.note(conn, practice, who, Looked.CONVERSATION, subscriber_id)
    answered = select(EventRow.cause).where(EventRow.subscriber_id == subscriber_id, EventRow.kind == "answered")
    private = frozenset() if shares else frozenset(await conn.scalars(answered))
    keys = keys_of(conn)
    lines: list[Said] = []
    for row in await conn.execute(_its(MessageRow, subscriber_id)):
        hidden = row.cause in private or (not shares and row.kind in _TELLS_ANSWERS)
        text = None if hidden else opened_body(keys, row.body).text
        lines.append(Said(at=row.created_at, from_person=False, kind=row.kind, text=text))
    for row in await conn.execute(_its(InboundRow, subscriber_id)):
        hidden = f"in:{row.account}:{row.external_id}" in private
        text = None if hidden else keys.decrypt(row.text) if row.text is not None else ""
        lines.append(Said(at=row.received_at, from_person=True, kind=row.kind, text=text))
    return sorted(lines, key=lambda line: (line.at, not line.from_person))


async def _shares(conn: AsyncConnection, practice: str, subscriber_id: int) -> bool:
    memory = await conn.scalar(
        select(SubscriberRow.memory).where(SubscriberRow.id == subscriber_id, SubscriberRow.practice == practice)
    )
    if memory is None:
        raise Missing("no such subscriber at this practice")
    consent = json.loads(memory).get("consents", {}).get("sharing")
    return consent is not None and bool(consent["given"])


def _answer(row: Any, keys: Keys) -> str:
    if row.number is not None:
        return str(row.number)
    return row.choice or (keys.decrypt(row.text) if row.text is not None else "")


def _its(table: type[Any], subscriber_id: int) -> Select[Any]:
    return select(table).where(table.subscriber_id == subscriber_id).order_by(table.id)
