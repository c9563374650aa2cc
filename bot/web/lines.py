"""The lines of a chat: read from the database, and shown as what a page needs of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.content.model import Practice
from bot.core.dutch import DAYS, long_date
from bot.core.markup import to_web_html
from bot.core.messages import Address, InboundKind, Picture
from bot.core.schedule import local
from bot.store import transcript
from bot.store.database import Database
from bot.store.transcript import Line

PAGE_OF_LINES: Final = 60
"""Lines that a page begins with, and that each look further back adds."""
_BATCH: Final = 200
_MONTHS: Final = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_SHOWN_OF_PERSON: Final = frozenset({InboundKind.TEXT, InboundKind.BUTTON, InboundKind.EDIT, InboundKind.MEDIA})


async def latest(database: Database, practice: Practice, address: Address, before: int | None = None) -> list[Line]:
    """The last lines of a chat, or the last ones before the line `before`; oldest first."""
    async with _one_moment(database) as conn:
        return await transcript.history(conn, practice.slug, address, before, PAGE_OF_LINES)


async def since(database: Database, practice: Practice, address: Address, seq: int) -> list[Line]:
    """The next lines after `seq`, oldest first, at most 200: who reads on until there are none misses nothing."""
    async with _one_moment(database) as conn:
        return await transcript.since(conn, practice.slug, address, seq, _BATCH)


async def is_gone(database: Database, practice: Practice, address: Address, seq: int) -> bool:
    """True when a page shows lines up to `seq` of a chat that has fewer: its person was erased meanwhile."""
    async with database.read() as conn:
        return seq > await transcript.last_seq(conn, practice.slug, address)


async def picture_of(database: Database, slug: str, address: Address, message_id: int) -> Picture | None:
    """The picture of a message in this chat; None for any other message."""
    async with database.read() as conn:
        return await transcript.picture_of(conn, slug, address, message_id)


async def is_discreet(database: Database, slug: str, address: Address) -> bool:
    """Whether the person of this chat asked for a page that says nothing in passing."""
    async with database.read() as conn:
        return await transcript.is_discreet(conn, slug, address)


@asynccontextmanager
async def _one_moment(database: Database) -> AsyncIterator[AsyncConnection]:
    """Both sides of a chat are read by a statement each: seen at two moments, a line between them would be passed by
    and never be read again."""
    async with database.read() as conn:
        yield conn if database.is_sqlite else await conn.execution_options(isolation_level="REPEATABLE READ")


def is_shown(line: Line) -> bool:
    """Opening a chat through a link is inbound too, but no words of the person."""
    return not line.from_person or line.kind in _SHOWN_OF_PERSON


def shown(line: Line, zone: str) -> dict[str, Any]:
    """A line as the page takes it. The person's own words stay text; only the bot's become HTML."""
    wall = local(line.at, zone)
    common = {
        "seq": line.seq,
        "you": line.from_person,
        "at": line.at.astimezone(UTC).isoformat(),
        "time": f"{wall:%H:%M}",
        "day": wall.date().isoformat(),
        "date": long_date(wall.date()),
    }
    if not line.from_person:
        return common | {
            "html": to_web_html(line.text),
            "id": line.message_id,
            "kind": line.kind,
            "buttons": [button.label for button in line.buttons],
            "seen": line.seen,
            "unasked": line.unasked,
            "picture": line.picture.alt if line.picture is not None else None,
        }
    if line.message_id is not None and line.button is not None:
        return common | {"text": line.text, "tapped": {"message": line.message_id, "button": line.button}}
    return common | {"text": line.text}


def local_time(now: datetime, zone: str) -> dict[str, str]:
    """An instant as the clock of a page shows it."""
    wall = local(now, zone)
    return {
        "now": now.isoformat(),
        "day": wall.date().isoformat(),
        "time": f"{wall:%H:%M}",
        "short": f"{DAYS[wall.weekday()][:2]} {wall.day} {_MONTHS[wall.month - 1]}",
    }
